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
import dev.trine.compute.kernel.TernaryMatrix;
import dev.trine.llm.bitnet.format.TensorNames.Part;
import dev.trine.llm.bitnet.model.DenseProjection;
import dev.trine.llm.bitnet.model.JointProjection;
import dev.trine.llm.bitnet.model.LayerWeights;
import dev.trine.llm.bitnet.model.ModelConfig;
import dev.trine.llm.bitnet.model.ModelWeights;
import dev.trine.llm.bitnet.model.Projection;
import dev.trine.llm.bitnet.model.TernaryProjection;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Builds a model's weights from the tensors of its files, checking every shape against the hyperparameters. Dense matrices stay
 * where they are mapped; ternary ones are packed for the kernels.
 */
final class WeightLoader {

  /** A linear layer by its place in the graph. */
  private record Linear(Part part, int rows, int cols) {}

  private static final String SUPPORTED = Arrays.stream(TensorType.values())
      .filter(type -> type.denseType().isPresent()).map(TensorType::displayName).collect(Collectors.joining(", "));

  private final ModelFile file;
  private final TensorNames names;
  private final ModelConfig config;
  private final TernaryLayers ternaryLayers;
  private final TernaryLayout layout;
  private final Arena arena;

  /**
   * @param ternaryLayers knows which linear layers are ternary and reads them
   * @param layout        how ternary matrices are packed
   * @param arena         where packed weights go
   */
  WeightLoader(ModelFile file, TensorNames names, ModelConfig config, TernaryLayers ternaryLayers,
      TernaryLayout layout, Arena arena) {
    this.file = file;
    this.names = names;
    this.config = config;
    this.ternaryLayers = ternaryLayers;
    this.layout = layout;
    this.arena = arena;
  }

  /**
   * Loads everything.
   *
   * @param tiedHead whether the head is the embedding, whatever the file holds
   */
  ModelWeights load(boolean tiedHead, int threads, Checkpoint.Progress progress) {
    DenseMatrix embedding = matrix(names.embedding, config.vocabularySize(), config.modelDim());
    DenseMatrix head = tiedHead ? embedding : matrix(names.head, config.vocabularySize(), config.modelDim());
    float[] outputNorm = vector(names.outputNorm, config.modelDim());
    return new ModelWeights(embedding, loadLayers(threads, progress), outputNorm, head);
  }

  private List<LayerWeights> loadLayers(int threads, Checkpoint.Progress progress) {
    var done = new AtomicInteger();
    int count = config.layerCount();
    progress.report(0, count);
    try (var executor = Executors.newFixedThreadPool(Math.min(threads, count))) {
      var futures = new ArrayList<Future<LayerWeights>>();
      for (int i = 0; i < count; i++) {
        int layer = i;
        Callable<LayerWeights> load = () -> {
          LayerWeights weights = loadLayer(layer);
          progress.report(done.incrementAndGet(), count);
          return weights;
        };
        futures.add(executor.submit(load));
      }
      var layers = new ArrayList<LayerWeights>();
      try {
        for (var future : futures) {
          layers.add(future.get());
        }
        return layers;
      } catch (ExecutionException e) {
        executor.shutdownNow();
        if (e.getCause() instanceof PlatformException cause) {
          throw cause;
        }
        throw new PlatformException(StandardErrorCode.SERVER_ERROR,
            file.path() + " could not be loaded: " + e.getCause(),
            e.getCause());
      } catch (InterruptedException e) {
        executor.shutdownNow();
        Thread.currentThread().interrupt();
        throw new PlatformException(StandardErrorCode.SERVER_ERROR, "interrupted while loading " + file.path(), e);
      }
    }
  }

  private LayerWeights loadLayer(int layer) {
    int modelDim = config.modelDim();
    int queryDim = config.queryDim();
    int kvDim = config.kvDim();
    int ffnDim = config.ffnDim();
    return new LayerWeights(requireVector(layer, Part.ATTENTION_NORM, modelDim),
        projection(layer, new Linear(Part.QUERY, queryDim, modelDim), new Linear(Part.KEY, kvDim, modelDim),
            new Linear(Part.VALUE, kvDim, modelDim)),
        vector(layer, Part.QUERY_NORM, config.headDim()), vector(layer, Part.KEY_NORM, config.headDim()),
        vector(layer, Part.ATTENTION_SUB_NORM, queryDim),
        projection(layer, new Linear(Part.ATTENTION_OUTPUT, modelDim, queryDim)),
        requireVector(layer, Part.FFN_NORM, modelDim),
        projection(layer, new Linear(Part.GATE, ffnDim, modelDim), new Linear(Part.UP, ffnDim, modelDim)),
        vector(layer, Part.FFN_SUB_NORM, ffnDim), projection(layer, new Linear(Part.DOWN, modelDim, ffnDim)));
  }

  /** One matrix for all layers that are ternary, or each for itself when some are not. */
  private Projection projection(int layer, Linear... linears) {
    var ternary = new ArrayList<TernaryLayers.Source>();
    for (Linear linear : linears) {
      ternaryLayers.source(name(layer, linear.part()), linear.rows(), linear.cols()).ifPresent(ternary::add);
    }
    if (ternary.size() == linears.length) {
      return packed(ternary);
    }
    var projections = new ArrayList<Projection>();
    for (Linear linear : linears) {
      String name = name(layer, linear.part());
      projections.add(ternaryLayers.source(name, linear.rows(), linear.cols())
          .<Projection>map(source -> packed(List.of(source))).orElseGet(() -> dense(name, linear)));
    }
    return projections.size() == 1 ? projections.getFirst() : new JointProjection(projections);
  }

  private Projection packed(List<TernaryLayers.Source> sources) {
    int cols = sources.getFirst().cols();
    int rows = sources.stream().mapToInt(TernaryLayers.Source::rows).sum();
    TernaryMatrix matrix = TernaryMatrix.pack(layout, rows, cols, (row, trits) -> {
      int inPart = row;
      for (var source : sources) {
        if (inPart < source.rows()) {
          source.codes().row(inPart, trits);
          return;
        }
        inPart -= source.rows();
      }
    }, arena);
    return new TernaryProjection(matrix,
        sources.stream().map(source -> new TernaryProjection.Part(source.rows(), source.weightScale())).toList());
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
