/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.model;

import dev.trine.compute.format.Gguf;
import dev.trine.compute.format.Tensor;
import dev.trine.compute.format.TernaryCodes;
import dev.trine.compute.kernel.Kernels;
import dev.trine.compute.kernel.choice.KernelChoice;
import dev.trine.compute.thread.WorkerTeam;
import dev.trine.llm.bitnet.GoldenFiles;
import dev.trine.llm.bitnet.format.Checkpoints;
import dev.trine.tck.files.GgufBuilder;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

/** A golden model written anew with TQ1_0 layers gives the very logits of its TQ2_0 form. */
class Tq1ModelTest {

  private static final int TQ1_0 = 34;
  private static final int BLOCK = 256;
  private static final int[] PROMPT = {508, 305, 408, 416, 404, 288, 82, 25};

  @TempDir
  Path temporary;

  @Test
  void logitsAreThoseOfTheOtherContainer() {
    Path original = GoldenFiles.path("bitnet-mini-set/bitnet-mini/bitnet-mini.tq2_0.gguf");
    Path rewritten = temporary.resolve("bitnet-mini.tq1_0.gguf");
    try (Arena arena = Arena.ofShared()) {
      Gguf file = Gguf.open(original, arena);
      var builder = new GgufBuilder().string("general.architecture", "bitnet").string("bitnet.hidden_act", "relu2");
      for (String key : new String[]{"context_length", "embedding_length", "block_count", "feed_forward_length",
          "attention.head_count", "attention.head_count_kv"}) {
        builder.uint32("bitnet." + key, (int) file.metadata().uint("bitnet." + key));
      }
      for (String key : new String[]{"attention.layer_norm_rms_epsilon", "rope.freq_base"}) {
        builder.float32("bitnet." + key, (float) file.metadata().number("bitnet." + key));
      }
      for (Tensor tensor : file.tensors()) {
        long[] shape = tensor.dimensionCount() == 1
            ? new long[]{tensor.cols()}
            : new long[]{tensor.rows(), tensor.cols()};
        if (tensor.type().isTernary()) {
          builder.tensor(tensor.name(), TQ1_0, shape, encode(tensor));
        } else {
          builder.tensor(tensor.name(), tensor.type().name().equals("F32") ? 0 : 1, shape,
              tensor.data().toArray(ValueLayout.JAVA_BYTE));
        }
      }
      builder.write(rewritten);
    }
    assertArrayEquals(logits(original), logits(rewritten));
  }

  /** Five digits of base 3 in a byte, as the rounded-up 256ths of 243; see the layout of ggml's {@code block_tq1_0}. */
  private static byte[] encode(Tensor tensor) {
    var trits = new byte[(int) tensor.elementCount()];
    TernaryCodes.rows(tensor, 0, (int) tensor.rows(), trits, 0);
    short scale = Float.floatToFloat16((float) TernaryCodes.uniformScale(tensor).orElseThrow());
    var bytes = ByteBuffer.allocate(trits.length / BLOCK * 54).order(ByteOrder.LITTLE_ENDIAN);
    for (int at = 0; at < trits.length; at += BLOCK) {
      for (int i = 0; i < 32; i++) {
        bytes.put(digits(trits, at + i, 32, 5));
      }
      for (int i = 0; i < 16; i++) {
        bytes.put(digits(trits, at + 160 + i, 16, 5));
      }
      for (int i = 0; i < 4; i++) {
        bytes.put(digits(trits, at + 240 + i, 4, 4));
      }
      bytes.putShort(scale);
    }
    return bytes.array();
  }

  private static byte digits(byte[] trits, int first, int step, int count) {
    int value = 0;
    for (int n = 0; n < 5; n++) {
      value = 3 * value + (n < count ? trits[first + n * step] + 1 : 0);
    }
    return (byte) ((value * 256 + 242) / 243);
  }

  private static float[] logits(Path path) {
    Kernels kernels = KernelChoice.choose(KernelChoice.Preference.AUTO).kernels();
    try (Arena arena = Arena.ofShared(); var team = new WorkerTeam("test", 1)) {
      var checkpoint = Checkpoints.open(path, arena);
      var transformer = new Transformer(checkpoint.config(),
          checkpoint.loadWeights(kernels, arena, 1, (done, total) -> {}));
      try (var workspace = new Workspace(checkpoint.config(), kernels, team, PROMPT.length, PROMPT.length)) {
        return Sequences.last(transformer, Sequences.evaluate(transformer, workspace, Sequences.newCache(transformer),
            PROMPT, 0, PROMPT.length, null));
      }
    }
  }
}
