/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.format;

import dev.trine.api.PlatformException;
import dev.trine.api.StandardErrorCode;
import dev.trine.api.llm.ModelDescription;
import dev.trine.api.llm.SamplingOptions;
import dev.trine.compute.format.LittleEndian;
import dev.trine.compute.kernel.DenseMatrix;
import dev.trine.compute.kernel.DenseType;
import dev.trine.compute.kernel.Kernels;
import dev.trine.llm.bitnet.model.Activation;
import dev.trine.llm.bitnet.model.DenseProjection;
import dev.trine.llm.bitnet.model.JointProjection;
import dev.trine.llm.bitnet.model.LayerWeights;
import dev.trine.llm.bitnet.model.ModelConfig;
import dev.trine.llm.bitnet.model.ModelWeights;
import dev.trine.llm.bitnet.packed.ModelCache;
import dev.trine.llm.bitnet.template.ChatTemplateSet;
import dev.trine.llm.bitnet.tokenizer.Tokenizer;
import dev.trine.llm.bitnet.tokenizer.Tokenizers;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A checkpoint of llama2.c in its first format: seven int32 (width, FFN width, layers, heads, KV heads, vocabulary, context; a
 * negative vocabulary means a head of its own), then float32 weights, matrix kind by matrix kind over all layers. The vocabulary
 * is {@code tok<size>.bin} or {@code tokenizer.bin} in the same folder.
 */
public final class Llama2cCheckpoint implements Checkpoint {

  private static final int HEADER_INTS = 7;
  private static final int HEADER_BYTES = HEADER_INTS * Integer.BYTES;
  private static final float RMS_NORM_EPS = 1e-5f;
  private static final double ROPE_THETA = 10000;
  /** Stories are told apart by the beginning-of-text token, so generating it ends one. */
  private static final Set<Integer> END_TOKENS = Set.of(1, 2);

  /** The seven numbers at the start. */
  private record Header(int modelDim, int ffnDim, int layerCount, int headCount, int kvHeadCount, int vocabularySize,
      int contextLength, boolean tiedHead) {

    static Optional<Header> read(Path file) {
      byte[] bytes;
      try (InputStream in = Files.newInputStream(file)) {
        bytes = in.readNBytes(HEADER_BYTES);
      } catch (IOException _) {
        return Optional.empty();
      }
      if (bytes.length < HEADER_BYTES) {
        return Optional.empty();
      }
      var ints = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asIntBuffer();
      int vocabulary = ints.get(5);
      var header = new Header(ints.get(0), ints.get(1), ints.get(2), ints.get(3), ints.get(4), Math.abs(vocabulary),
          ints.get(6), vocabulary > 0);
      return header.plausible() ? Optional.of(header) : Optional.empty();
    }

    private boolean plausible() {
      return in(modelDim, Limits.WIDTH) && in(ffnDim, Limits.WIDTH) && in(layerCount, Limits.LAYERS)
          && in(headCount, Limits.HEADS) && in(kvHeadCount, headCount) && in(vocabularySize, Limits.VOCABULARY)
          && in(contextLength, Limits.CONTEXT) && modelDim % headCount == 0 && headCount % kvHeadCount == 0
          && headDim() % 2 == 0;
    }

    private static boolean in(int value, int max) {
      return value >= 1 && value <= max;
    }

    int headDim() {
      return modelDim / headCount;
    }

    long kvDim() {
      return (long) kvHeadCount * headDim();
    }

    long fileBytes() {
      long layer = 2L * modelDim + 2L * modelDim * modelDim + 2L * modelDim * kvDim() + 3L * modelDim * ffnDim;
      long floats = (tiedHead ? 1L : 2L) * vocabularySize * modelDim + layerCount * layer + modelDim
          + (long) contextLength * headDim();
      return HEADER_BYTES + floats * Float.BYTES;
    }
  }

  private final Path file;
  private final Path vocabulary;
  private final Header header;
  private final MemorySegment data;

  private Llama2cCheckpoint(Path file, Path vocabulary, Header header, MemorySegment data) {
    this.file = file;
    this.vocabulary = vocabulary;
    this.header = header;
    this.data = data;
  }

  /** Whether a file has the size that its first seven numbers call for. */
  static boolean recognises(Path file) {
    if (!Files.isRegularFile(file) || !file.toString().endsWith(".bin")) {
      return false;
    }
    try {
      long size = Files.size(file);
      return Header.read(file).map(Header::fileBytes).filter(bytes -> bytes == size).isPresent();
    } catch (IOException _) {
      return false;
    }
  }

  static Llama2cCheckpoint open(Path file, Arena arena) {
    Header header = Header.read(file).orElseThrow(
        () -> new PlatformException(StandardErrorCode.MODEL_INVALID, file + " does not begin with a llama2.c header"));
    Path absolute = file.toAbsolutePath();
    Path vocabulary = List.of("tok" + header.vocabularySize() + ".bin", "tokenizer.bin").stream()
        .map(absolute::resolveSibling).filter(Files::isRegularFile).findFirst()
        .orElseThrow(() -> new PlatformException(StandardErrorCode.MODEL_INVALID, file
            + " has no vocabulary beside it: expected tok" + header.vocabularySize() + ".bin or tokenizer.bin"));
    try (FileChannel channel = FileChannel.open(file)) {
      long size = channel.size();
      if (size != header.fileBytes()) {
        throw new PlatformException(StandardErrorCode.MODEL_INVALID,
            file + " has " + size + " bytes, its header calls for " + header.fileBytes());
      }
      return new Llama2cCheckpoint(file, vocabulary, header,
          channel.map(FileChannel.MapMode.READ_ONLY, 0, size, arena));
    } catch (IOException e) {
      throw new PlatformException(StandardErrorCode.MODEL_INVALID, file + " cannot be read: " + e, e);
    }
  }

  @Override
  public MappedFiles files() {
    return new MappedFiles(List.of(file));
  }

  @Override
  public Set<DenseType> denseTypes() {
    return Set.of(DenseType.F32);
  }

  @Override
  public ModelConfig config() {
    return new ModelConfig("llama", header.layerCount(), header.modelDim(), header.headCount(), header.kvHeadCount(),
        header.headDim(), header.ffnDim(), header.vocabularySize(), header.contextLength(), RMS_NORM_EPS,
        RopeScaling.rope(new RopeScaling.None(), ROPE_THETA, header.headDim(), true), Activation.SILU);
  }

  @Override
  public ModelDescription description() {
    long tables = (long) header.contextLength() * header.headDim();
    long parameters = (data.byteSize() - HEADER_BYTES) / Float.BYTES - tables;
    return new ModelDescription("llama", "llama2.c, F32", parameters, data.byteSize(), header.contextLength(),
        header.modelDim(), header.vocabularySize(), false);
  }

  @Override
  public SamplingOptions recommendedSampling() {
    return SamplingOptions.unset();
  }

  @Override
  public Set<Integer> endTokens() {
    return END_TOKENS;
  }

  @Override
  public Tokenizer loadTokenizer() {
    return Tokenizers.fromLlama2c(vocabulary, header.vocabularySize());
  }

  @Override
  public Optional<ChatTemplateSet> chatTemplates() {
    return Optional.empty();
  }

  @Override
  public Map<String, Object> templateVariables() {
    return Map.of();
  }

  @Override
  public ModelWeights loadWeights(Kernels kernels, ModelCache cache, Arena arena, int threads, Progress progress) {
    int d = header.modelDim();
    int kvDim = (int) header.kvDim();
    int ffn = header.ffnDim();
    int count = header.layerCount();
    var reader = new Reader();
    DenseMatrix embedding = reader.matrices(1, header.vocabularySize(), d).getFirst();
    List<float[]> attentionNorms = reader.vectors(count, d);
    List<DenseMatrix> queries = reader.matrices(count, d, d);
    List<DenseMatrix> keys = reader.matrices(count, kvDim, d);
    List<DenseMatrix> values = reader.matrices(count, kvDim, d);
    List<DenseMatrix> outputs = reader.matrices(count, d, d);
    List<float[]> ffnNorms = reader.vectors(count, d);
    List<DenseMatrix> gates = reader.matrices(count, ffn, d);
    List<DenseMatrix> downs = reader.matrices(count, d, ffn);
    List<DenseMatrix> ups = reader.matrices(count, ffn, d);
    float[] outputNorm = reader.vectors(1, d).getFirst();
    // Tables of cosines and sines, which we compute ourselves.
    reader.skip((long) header.contextLength() * header.headDim());
    DenseMatrix head = header.tiedHead() ? embedding : reader.matrices(1, header.vocabularySize(), d).getFirst();
    var layers = new ArrayList<LayerWeights>();
    for (int i = 0; i < count; i++) {
      layers.add(new LayerWeights(attentionNorms.get(i), joint(queries.get(i), keys.get(i), values.get(i)), null, null,
          null, new DenseProjection(outputs.get(i), null), ffnNorms.get(i), joint(gates.get(i), ups.get(i)), null,
          new DenseProjection(downs.get(i), null)));
    }
    progress.report(count, count);
    return new ModelWeights(embedding, layers, outputNorm, head);
  }

  private static JointProjection joint(DenseMatrix... matrices) {
    return new JointProjection(
        List.of(matrices).stream().map(matrix -> new DenseProjection(matrix, null)).toList());
  }

  /** Hands out the weights one after the other; the file's size was checked against the header. */
  private final class Reader {
    private long at = HEADER_BYTES;

    List<DenseMatrix> matrices(int count, int rows, int cols) {
      var matrices = new ArrayList<DenseMatrix>();
      long bytes = (long) rows * cols * Float.BYTES;
      for (int i = 0; i < count; i++) {
        matrices.add(new DenseMatrix(DenseType.F32, rows, cols, data.asSlice(at, bytes)));
        at += bytes;
      }
      return matrices;
    }

    List<float[]> vectors(int count, int length) {
      var vectors = new ArrayList<float[]>();
      for (int i = 0; i < count; i++) {
        var vector = new float[length];
        for (int j = 0; j < length; j++) {
          vector[j] = data.get(LittleEndian.FLOAT, at);
          at += Float.BYTES;
        }
        vectors.add(vector);
      }
      return vectors;
    }

    void skip(long floats) {
      at += floats * Float.BYTES;
    }
  }

  @Override
  public String toString() {
    return file.toString();
  }
}
