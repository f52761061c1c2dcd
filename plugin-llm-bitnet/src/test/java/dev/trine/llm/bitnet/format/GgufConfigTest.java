/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.format;

import dev.trine.api.PlatformException;
import dev.trine.api.StandardErrorCode;
import dev.trine.api.llm.SamplingOptions;
import dev.trine.compute.format.Gguf;
import dev.trine.llm.bitnet.model.ModelConfig;
import dev.trine.llm.bitnet.model.RopeConfig;
import dev.trine.tck.files.GgufBuilder;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class GgufConfigTest {

  private static final int CONTEXT = 8192;

  @TempDir
  Path folder;

  private Path write(UnaryOperator<GgufBuilder> more) {
    return more
        .apply(new GgufBuilder().string("general.architecture", "llama").uint32("llama.embedding_length", 8)
            .uint32("llama.attention.head_count", 1).uint32("llama.block_count", 1)
            .uint32("llama.feed_forward_length", 8).uint32("llama.context_length", CONTEXT))
        .floats("token_embd.weight", new long[]{1, 8}, new float[8]).write(folder.resolve("made.gguf"));
  }

  private ModelConfig read(UnaryOperator<GgufBuilder> more) {
    try (Arena arena = Arena.ofConfined()) {
      return GgufConfig.read(Gguf.open(write(more), arena));
    }
  }

  private SamplingOptions sampling(UnaryOperator<GgufBuilder> more) {
    try (Arena arena = Arena.ofConfined()) {
      return GgufConfig.sampling(Gguf.open(write(more), arena).metadata());
    }
  }

  private static GgufBuilder yarn(GgufBuilder builder) {
    return builder.string("llama.rope.scaling.type", "yarn");
  }

  private static void assertSame(RopeConfig expected, RopeConfig actual) {
    assertEquals(expected.attentionFactor(), actual.attentionFactor());
    for (int pair = 0; pair < expected.frequencies().count(); pair++) {
      assertEquals(expected.frequencies().get(pair), actual.frequencies().get(pair));
    }
  }

  @Test
  void readsYarnWithItsDefaults() {
    var expected = RopeScaling.rope(new RopeScaling.Yarn(4, CONTEXT, 32, 1, 0.1 * Math.log(4) + 1), 10000, 8, true);
    assertSame(expected, read(builder -> yarn(builder).float32("llama.rope.scaling.factor", 4)).rope());
  }

  @Test
  void readsYarnAsItIsSaid() {
    var expected = RopeScaling.rope(new RopeScaling.Yarn(4, 2048, 16, 2, 0.5 * (0.1 * Math.log(4) + 1)), 10000, 8,
        true);
    assertSame(expected,
        read(builder -> yarn(builder).float32("llama.rope.scaling.factor", 4)
            .uint32("llama.rope.scaling.original_context_length", 2048)
            .float32("llama.rope.scaling.yarn_beta_fast", 16).float32("llama.rope.scaling.yarn_beta_slow", 2)
            .float32("llama.rope.scaling.attn_factor", 0.5f)).rope());
  }

  @ParameterizedTest
  @CsvSource({"factor, 0.5", "factor, 20000", "factor, NaN", "factor, Infinity", "yarn_beta_fast, 0",
      "yarn_beta_fast, -1", "yarn_beta_fast, 2e6", "yarn_beta_fast, NaN", "yarn_beta_slow, 0", "yarn_beta_slow, NaN",
      "attn_factor, 0", "attn_factor, -1", "attn_factor, Infinity"})
  void refusesYarnOutOfRangeByNameOfTheKey(String name, float value) {
    String key = "llama.rope.scaling." + name;
    assertRefused(key, builder -> yarn(builder).float32(key, value));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, (1 << 22) + 1, -1})
  void refusesAnOriginalContextOutOfRange(int length) {
    String key = "llama.rope.scaling.original_context_length";
    assertRefused(key, builder -> yarn(builder).int32(key, length));
  }

  private void assertRefused(String key, UnaryOperator<GgufBuilder> more) {
    var refused = assertThrows(PlatformException.class, () -> read(more));
    assertEquals(StandardErrorCode.MODEL_INVALID, refused.code());
    String message = String.valueOf(refused.getMessage());
    assertTrue(message.contains("made.gguf") && message.contains(key), message);
  }

  @Test
  void refusesScalingItDoesNotKnow() {
    var refused = assertThrows(PlatformException.class,
        () -> read(builder -> builder.string("llama.rope.scaling.type", "longrope")));
    assertEquals(StandardErrorCode.MODEL_UNSUPPORTED, refused.code());
    assertTrue(String.valueOf(refused.getMessage()).contains("longrope"), refused::getMessage);
  }

  @Test
  void readsRecommendedSampling() {
    SamplingOptions sampling = sampling(builder -> builder.float32("general.sampling.temp", 0.5f)
        .int32("general.sampling.top_k", 20).float32("general.sampling.top_p", 0.25f)
        .float32("general.sampling.min_p", 0.125f).float32("general.sampling.penalty_repeat", 1.5f));
    assertEquals(SamplingOptions.builder().temperature(0.5).topK(20).topP(0.25).minP(0.125).repetitionPenalty(1.5)
        .build(), sampling);
    assertEquals(SamplingOptions.unset(), sampling(builder -> builder));
  }

  @Test
  void leavesOutRecommendationsThatMakeNoSense() {
    for (float value : new float[]{-1, 101, Float.NaN, Float.POSITIVE_INFINITY}) {
      SamplingOptions sampling = sampling(builder -> {
        for (String name : List.of("temp", "top_p", "min_p", "penalty_repeat")) {
          builder.float32("general.sampling." + name, value);
        }
        return builder.string("general.sampling.top_k", "many");
      });
      assertEquals(SamplingOptions.unset(), sampling, () -> "for " + value);
    }
    assertNull(sampling(builder -> builder.int32("general.sampling.top_k", -1)).topK());
    assertNull(sampling(builder -> builder.uint64("general.sampling.top_k", 1L << 40)).topK());
    assertNull(sampling(builder -> builder.float32("general.sampling.top_p", 1.5f)).topP());
  }
}
