/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.model;

import dev.trine.compute.kernel.Kernels;
import dev.trine.compute.kernel.choice.KernelChoice;
import dev.trine.compute.thread.WorkerTeam;
import dev.trine.llm.bitnet.format.Checkpoints;
import dev.trine.llm.bitnet.model.RandomModel.Family;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

/** The plain families in every container and dense type against a transformer in double precision. */
class PlainModelTest {

  private static final int[] PROMPT = {3, 41, 7, 0, 49, 12, 7, 7, 30};
  /** Relative to the largest logit: float32 against double over a few hundred additions. */
  private static final double TOLERANCE = 2e-5;

  @TempDir
  Path temporary;

  /** A family in a container. */
  record Case(Family family, WeightEncoding encoding, boolean gguf, boolean tied, KernelChoice.Preference kernel) {}

  static Stream<Case> cases() {
    var cases = new ArrayList<Case>();
    for (var kernel : List.of(KernelChoice.Preference.SCALAR, KernelChoice.Preference.VECTOR)) {
      for (Family family : Family.values()) {
        for (WeightEncoding encoding : WeightEncoding.values()) {
          boolean tied = family == Family.QWEN2;
          cases.add(new Case(family, encoding, true, tied, kernel));
          if (!encoding.safetensorsName.isEmpty()) {
            cases.add(new Case(family, encoding, false, tied, kernel));
          }
        }
      }
    }
    return cases.stream();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void logitsEqualTheReference(Case test) throws IOException {
    var model = new RandomModel(test.family, test.tied, 11);
    // A folder of F16 weights is written in two files, so that every family is read sharded as well.
    Path path = test.gguf
        ? model.gguf(test.encoding).write(temporary.resolve("model.gguf"))
        : model.writeFolder(temporary, test.encoding, test.encoding == WeightEncoding.F16, "");
    double[] expected = new ReferenceTransformer(model).logits(PROMPT);
    double largest = 0;
    for (double logit : expected) {
      largest = Math.max(largest, Math.abs(logit));
    }
    for (int chunk : new int[]{PROMPT.length, 4, 1}) {
      float[] actual = logits(path, test.kernel, chunk);
      for (int token = 0; token < expected.length; token++) {
        assertEquals(expected[token], actual[token], TOLERANCE * largest, "chunks of " + chunk + ", token " + token);
      }
    }
  }

  @Test
  void llama3ScalingIsTheSameFromConfigAndFromFrequencyDivisors() throws IOException {
    var model = new RandomModel(Family.LLAMA, true, 5);
    String scaling = ", \"rope_scaling\": {\"rope_type\": \"llama3\", \"factor\": 8.0, \"low_freq_factor\": 1.0,"
        + " \"high_freq_factor\": 4.0, \"original_max_position_embeddings\": 16}";
    Path folder = model.writeFolder(temporary, WeightEncoding.F32, false, scaling);
    var divisors = new float[RandomModel.HEAD_DIM / 2];
    for (int j = 0; j < divisors.length; j++) {
      double wavelength = 2 * Math.PI * Math.pow(RandomModel.THETA, 2.0 * j / RandomModel.HEAD_DIM);
      double smooth = Math.clamp((16 / wavelength - 1) / 3, 0, 1);
      divisors[j] = (float) (1 / ((1 - smooth) / 8 + smooth));
    }
    Path gguf = model.gguf(WeightEncoding.F32).floats("rope_freqs.weight", new long[]{divisors.length}, divisors)
        .write(temporary.resolve("model.gguf"));
    float[] fromConfig = logits(folder, KernelChoice.Preference.SCALAR, PROMPT.length);
    assertArrayEquals(fromConfig, logits(gguf, KernelChoice.Preference.SCALAR, PROMPT.length), 1e-4f);
    Path unscaled = model.gguf(WeightEncoding.F32).write(temporary.resolve("unscaled.gguf"));
    assertDiffers(fromConfig, logits(unscaled, KernelChoice.Preference.SCALAR, PROMPT.length));
  }

  @Test
  void masterWeightsBecomeTernaryAsTheirPackedFormHasThem() throws IOException {
    var model = new RandomModel(Family.LLAMA, true, 23);
    Path masters = Files.createDirectory(temporary.resolve("masters"));
    model.writeFolder(masters, WeightEncoding.F32, false,
        ", \"quantization_config\": {\"quant_method\": \"bitnet\", \"linear_class\": \"autobitlinear\","
            + " \"quantization_mode\": \"online\"}");
    float[] online = logits(masters, KernelChoice.Preference.VECTOR, PROMPT.length);
    // The rule by hand: the mean magnitude is the scale, and what is over half of it becomes one.
    model.tensors.forEach((name, weights) -> {
      if (name.contains("_proj.weight")) {
        double sum = 0;
        for (float value : weights.values) {
          sum += Math.abs(value);
        }
        float factor = 1f / (float) (sum / weights.values.length);
        for (int i = 0; i < weights.values.length; i++) {
          weights.values[i] = (float) Math.clamp(Math.rint(weights.values[i] * factor), -1, 1) * (1f / factor);
        }
      }
    });
    Path ternary = Files.createDirectory(temporary.resolve("ternary"));
    model.writeFolder(ternary, WeightEncoding.F32, false, "");
    float[] dense = logits(ternary, KernelChoice.Preference.VECTOR, PROMPT.length);
    // The same weights, but activations of 8 bits on one side: close, not equal.
    double distance = 0;
    double length = 0;
    for (int i = 0; i < dense.length; i++) {
      distance += Math.pow(online[i] - dense[i], 2);
      length += Math.pow(dense[i], 2);
    }
    assertEquals(0, Math.sqrt(distance / length), 0.1);
    assertDiffers(dense, online);
  }

  private static void assertDiffers(float[] one, float[] other) {
    double largest = 0;
    for (int i = 0; i < one.length; i++) {
      largest = Math.max(largest, Math.abs(one[i] - other[i]));
    }
    assertEquals(1, Math.signum(Math.max(0, largest - 1e-3)), "the largest difference is " + largest);
  }

  private static float[] logits(Path path, KernelChoice.Preference preference, int chunk) {
    Kernels kernels = KernelChoice.choose(preference).kernels();
    try (Arena arena = Arena.ofShared(); var team = new WorkerTeam("test", 2)) {
      var checkpoint = Checkpoints.open(path, arena);
      var transformer = new Transformer(checkpoint.config(),
          checkpoint.loadWeights(kernels, arena, 2, (done, total) -> {}));
      try (var workspace = new Workspace(checkpoint.config(), kernels, team, PROMPT.length, PROMPT.length)) {
        var cache = Sequences.newCache(transformer);
        float[] logits = {};
        for (int from = 0; from < PROMPT.length; from += chunk) {
          int count = Math.min(chunk, PROMPT.length - from);
          logits = Sequences.last(transformer,
              Sequences.evaluate(transformer, workspace, cache, PROMPT, from, count, null));
        }
        return logits;
      }
    }
  }
}
