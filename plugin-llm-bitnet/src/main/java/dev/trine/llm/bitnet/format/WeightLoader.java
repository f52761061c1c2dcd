/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.format;

import dev.trine.api.PlatformException;
import dev.trine.api.StandardErrorCode;
import dev.trine.compute.format.ModelFile;
import dev.trine.compute.format.Tensor;
import dev.trine.compute.format.TensorDecoder;
import dev.trine.compute.format.TensorType;
import dev.trine.compute.kernel.DenseMatrix;
import dev.trine.compute.kernel.DenseType;
import dev.trine.compute.kernel.TernaryLayout;
import dev.trine.llm.bitnet.format.TensorNames.Part;
import dev.trine.llm.bitnet.model.DenseProjection;
import dev.trine.llm.bitnet.model.JointProjection;
import dev.trine.llm.bitnet.model.LayerWeights;
import dev.trine.llm.bitnet.model.ModelConfig;
import dev.trine.llm.bitnet.model.ModelWeights;
import dev.trine.llm.bitnet.model.Projection;
import dev.trine.llm.bitnet.model.TernaryProjection;
import dev.trine.llm.bitnet.packed.MatrixRecipe;
import dev.trine.llm.bitnet.packed.ModelCache;
import dev.trine.llm.bitnet.packed.PackedMatrix;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Builds a model's weights from the tensors of its files, checking every shape against the hyperparameters. Dense matrices stay
 * where they are mapped; ternary ones are packed for the kernels.
 */
final class WeightLoader {

  /** A linear layer by its place in the graph. */
  private record Linear(Part part, int rows, int cols) {}

  /** What a projection is made of, in order: packed matrices, or dense layers, or both. */
  private record Plan(List<Piece> pieces) {}

  private sealed interface Piece {

    /** Ternary layers in one matrix. */
    record Ternary(MatrixRecipe recipe) implements Piece {}

    /** A layer of another type. */
    record Dense(String name, Linear linear) implements Piece {}
  }

  /** Maps the model's files anew. */
  @FunctionalInterface
  interface Reopen {
    TernaryLayers in(Arena arena);
  }

  private static final String SUPPORTED = Arrays.stream(TensorType.values())
      .filter(type -> type.denseType().isPresent()).map(TensorType::displayName).collect(Collectors.joining(", "));

  private final ModelFile file;
  private final TensorNames names;
  private final ModelConfig config;
  private final TernaryLayers ternaryLayers;
  private final Reopen reopen;

  /**
   * @param ternaryLayers knows which linear layers are ternary
   * @param reopen        makes the same of files that are mapped only while weights are read from them
   */
  WeightLoader(ModelFile file, TensorNames names, ModelConfig config, TernaryLayers ternaryLayers, Reopen reopen) {
    this.file = file;
    this.names = names;
    this.config = config;
    this.ternaryLayers = ternaryLayers;
    this.reopen = reopen;
  }

  /**
   * Loads everything.
   *
   * @param tiedHead whether the head is the embedding, whatever the file holds
   * @param layout   how ternary matrices are packed
   * @param cache    where they are found, or left for the next start
   * @param arena    owner of packed weights that are not mapped
   */
  ModelWeights load(boolean tiedHead, TernaryLayout layout, ModelCache cache, Arena arena, int threads,
      Checkpoint.Progress progress) {
    DenseMatrix embedding = matrix(names.embedding, config.vocabularySize(), config.modelDim());
    DenseMatrix head = tiedHead ? embedding : matrix(names.head, config.vocabularySize(), config.modelDim());
    float[] outputNorm = vector(names.outputNorm, config.modelDim());
    List<Plan> plans = plan(ternaryLayers);
    List<MatrixRecipe> recipes = recipes(plans);
    long total = recipes.stream().mapToLong(recipe -> recipe.packedBytes(layout)).sum();
    var done = new AtomicLong();
    progress.report(0, total);
    List<PackedMatrix> packed = cache.load(layout, recipes, newArena -> recipes(plan(reopen.in(newArena))), arena,
        threads, bytes -> progress.report(done.addAndGet(bytes), total));
    return new ModelWeights(embedding, layers(plans.iterator(), packed.iterator()), outputNorm, head);
  }

  /** What the four projections of each layer are made of. */
  private List<Plan> plan(TernaryLayers ternary) {
    int modelDim = config.modelDim();
    int queryDim = config.queryDim();
    int kvDim = config.kvDim();
    int ffnDim = config.ffnDim();
    var plans = new ArrayList<Plan>();
    for (int layer = 0; layer < config.layerCount(); layer++) {
      plans.add(plan(ternary, layer, new Linear(Part.QUERY, queryDim, modelDim), new Linear(Part.KEY, kvDim, modelDim),
          new Linear(Part.VALUE, kvDim, modelDim)));
      plans.add(plan(ternary, layer, new Linear(Part.ATTENTION_OUTPUT, modelDim, queryDim)));
      plans.add(plan(ternary, layer, new Linear(Part.GATE, ffnDim, modelDim), new Linear(Part.UP, ffnDim, modelDim)));
      plans.add(plan(ternary, layer, new Linear(Part.DOWN, modelDim, ffnDim)));
    }
    return plans;
  }

  /** One matrix for all layers that are ternary, or each for itself when some are not. */
  private Plan plan(TernaryLayers ternary, int layer, Linear... linears) {
    var parts = new ArrayList<MatrixRecipe.Part>();
    var pieces = new ArrayList<Piece>();
    for (Linear linear : linears) {
      String name = name(layer, linear.part());
      Optional<MatrixRecipe.Part> part = ternary.source(name, linear.rows(), linear.cols());
      part.ifPresent(parts::add);
      pieces.add(part.<Piece>map(one -> new Piece.Ternary(new MatrixRecipe(List.of(one))))
          .orElseGet(() -> new Piece.Dense(name, linear)));
    }
    return new Plan(parts.size() == linears.length ? List.of(new Piece.Ternary(new MatrixRecipe(parts))) : pieces);
  }

  private static List<MatrixRecipe> recipes(List<Plan> plans) {
    var recipes = new ArrayList<MatrixRecipe>();
    for (Plan plan : plans) {
      for (Piece piece : plan.pieces()) {
        if (piece instanceof Piece.Ternary ternary) {
          recipes.add(ternary.recipe());
        }
      }
    }
    return recipes;
  }

  private List<LayerWeights> layers(Iterator<Plan> plans, Iterator<PackedMatrix> packed) {
    var layers = new ArrayList<LayerWeights>();
    for (int layer = 0; layer < config.layerCount(); layer++) {
      layers.add(new LayerWeights(requireVector(layer, Part.ATTENTION_NORM, config.modelDim()),
          projection(plans.next(), packed), vector(layer, Part.QUERY_NORM, config.headDim()),
          vector(layer, Part.KEY_NORM, config.headDim()),
          vector(layer, Part.ATTENTION_SUB_NORM, config.queryDim()), projection(plans.next(), packed),
          requireVector(layer, Part.FFN_NORM, config.modelDim()), projection(plans.next(), packed),
          vector(layer, Part.FFN_SUB_NORM, config.ffnDim()), projection(plans.next(), packed)));
    }
    return layers;
  }

  private Projection projection(Plan plan, Iterator<PackedMatrix> packed) {
    var projections = new ArrayList<Projection>();
    for (Piece piece : plan.pieces()) {
      projections.add(switch (piece) {
        case Piece.Ternary ternary -> projection(ternary.recipe(), packed.next());
        case Piece.Dense dense -> dense(dense.name(), dense.linear());
      });
    }
    return projections.size() == 1 ? projections.getFirst() : new JointProjection(projections);
  }

  private static Projection projection(MatrixRecipe recipe, PackedMatrix packed) {
    var parts = new ArrayList<TernaryProjection.Part>();
    for (int i = 0; i < recipe.parts().size(); i++) {
      parts.add(new TernaryProjection.Part(recipe.parts().get(i).rows(), packed.scales().get(i)));
    }
    return new TernaryProjection(packed.matrix(), parts);
  }

  private Projection dense(String name, Linear linear) {
    float[] bias = optionalVector(name + ".bias", linear.rows());
    return new DenseProjection(matrix(name + ".weight", linear.rows(), linear.cols()), bias);
  }

  /** The name that a part has in these files, without {@code .weight}. */
  private String name(int layer, Part part) {
    List<String> candidates = names.of(layer, part);
    return candidates.stream().filter(name -> file.tensor(name + ".weight").isPresent()).findFirst()
        .orElse(candidates.getFirst());
  }

  private float[] requireVector(int layer, Part part, int length) {
    return vector(name(layer, part) + ".weight", length);
  }

  private float @Nullable [] vector(int layer, Part part, int length) {
    return optionalVector(name(layer, part) + ".weight", length);
  }

  private float @Nullable [] optionalVector(String name, int length) {
    return file.tensor(name).isPresent() ? vector(name, length) : null;
  }

  private float[] vector(String name, int length) {
    Tensor tensor = file.requireTensor(name);
    if (tensor.elementCount() != length) {
      throw wrongShape(tensor, "[" + length + "]");
    }
    var values = new float[length];
    TensorDecoder.decode(tensor, 0, length, values, 0);
    return values;
  }

  private DenseMatrix matrix(String name, int rows, int cols) {
    Tensor tensor = file.requireTensor(name);
    DenseType type = tensor.type().denseType()
        .orElseThrow(() -> new PlatformException(StandardErrorCode.MODEL_UNSUPPORTED,
            file.path() + ": tensor " + tensor.name() + " has type " + tensor.type().displayName()
                + ", which cannot be run; supported are " + SUPPORTED
                + ", and for ternary layers packed U8, I2_S, TQ1_0 and TQ2_0"));
    requireShape(tensor, rows, cols);
    return new DenseMatrix(type, rows, cols, tensor.data());
  }

  static void requireShape(Tensor tensor, int rows, int cols) {
    if (tensor.dimensionCount() != 2 || tensor.rows() != rows || tensor.cols() != cols) {
      throw wrongShape(tensor, "[" + rows + ", " + cols + "]");
    }
  }

  /** The scale of a layer: one positive number. */
  static float scalar(Tensor tensor) {
    if (tensor.elementCount() != 1) {
      throw wrongShape(tensor, "[1]");
    }
    var value = new float[1];
    TensorDecoder.decode(tensor, 0, 1, value, 0);
    if (!(value[0] > 0) || Float.isInfinite(value[0])) {
      throw new PlatformException(StandardErrorCode.MODEL_INVALID,
          tensor.file() + ": tensor " + tensor.name() + " is " + value[0] + ", expected a positive number");
    }
    return value[0];
  }

  /** No published ternary model adds a bias; silently leaving one out would give wrong results. */
  static void refuseBias(ModelFile file, String name) {
    if (file.tensor(name + ".bias").isPresent()) {
      throw new PlatformException(StandardErrorCode.MODEL_UNSUPPORTED,
          file.path() + ": tensor " + name + ".bias adds a bias to a ternary layer, which cannot be run");
    }
  }

  static PlatformException wrongShape(Tensor tensor, String expected) {
    var shape = new StringBuilder("[");
    for (int i = 0; i < tensor.dimensionCount(); i++) {
      shape.append(i == 0 ? "" : ", ").append(tensor.dimension(i));
    }
    return new PlatformException(StandardErrorCode.MODEL_INVALID,
        tensor.file() + ": tensor " + tensor.name() + " has shape " + shape + "], expected " + expected);
  }
}
