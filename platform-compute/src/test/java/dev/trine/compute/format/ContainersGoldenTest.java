/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.format;

import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** One model in three containers is one model; digests and scales were computed by the independent reference. */
class ContainersGoldenTest {

  /** SHA-256 of the ternary values of all packed tensors, sorted by name. */
  private static final String BITNET_TRITS = "cccce87c22b356f793dd7a1f10828f905a666c4c74f6b02663df5971db6d3181";
  private static final String LLAMA158_TRITS = "58ca8dcfb51edcbe9244eef8f0338cc65ee6ac813f0454eeb5c9021419dbc402";

  private record Linear(String huggingFace, String gguf, int rows, int cols) {}

  /** In the order of the Hugging Face names. */
  private static final List<Linear> LINEARS = List.of(new Linear("mlp.down_proj", "ffn_down", 256, 768),
      new Linear("mlp.gate_proj", "ffn_gate", 768, 256), new Linear("mlp.up_proj", "ffn_up", 768, 256),
      new Linear("self_attn.k_proj", "attn_k", 128, 256), new Linear("self_attn.o_proj", "attn_output", 256, 256),
      new Linear("self_attn.q_proj", "attn_q", 256, 256), new Linear("self_attn.v_proj", "attn_v", 128, 256));

  private final Arena arena = Arena.ofConfined();

  @AfterEach
  void closeArena() {
    arena.close();
  }

  @Test
  void allContainersHoldTheSameTernaryMatrices() throws NoSuchAlgorithmException {
    Safetensors safetensors = Safetensors.open(GoldenFiles.BITNET_SAFETENSORS, arena);
    for (Path ggufPath : List.of(GoldenFiles.BITNET_I2_S, GoldenFiles.BITNET_TQ2_0)) {
      Gguf gguf = Gguf.open(ggufPath, arena);
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (int layer = 0; layer < 2; layer++) {
        for (Linear linear : LINEARS) {
          Tensor block = gguf.requireTensor("blk." + layer + "." + linear.gguf + ".weight");
          assertEquals(List.of((long) linear.rows, (long) linear.cols), List.of(block.rows(), block.cols()));
          byte[] fromGguf = new byte[linear.rows * linear.cols];
          TernaryCodes.rows(block, 0, linear.rows, fromGguf, 0);
          byte[] fromPacked = packed(safetensors, layer, linear);
          assertArrayEquals(fromPacked, fromGguf, block.toString());
          assertEquals(scale(safetensors, layer, linear), TernaryCodes.uniformScale(block).orElseThrow());
          digest.update(fromGguf);
        }
      }
      assertEquals(BITNET_TRITS, HexFormat.of().formatHex(digest.digest()), ggufPath.toString());
    }
    assertEquals(0.1162109375, scale(safetensors, 0, LINEARS.get(5)));
    assertEquals(0.08251953125, scale(safetensors, 1, LINEARS.get(0)));
  }

  @Test
  void allContainersHoldTheSameDenseTensors() {
    Safetensors safetensors = Safetensors.open(GoldenFiles.BITNET_SAFETENSORS, arena);
    for (Path ggufPath : List.of(GoldenFiles.BITNET_I2_S, GoldenFiles.BITNET_TQ2_0)) {
      Gguf gguf = Gguf.open(ggufPath, arena);
      assertSameValues(safetensors.requireTensor("model.embed_tokens.weight"), gguf.requireTensor("token_embd.weight"));
      assertSameValues(safetensors.requireTensor("model.norm.weight"), gguf.requireTensor("output_norm.weight"));
      assertSameValues(safetensors.requireTensor("model.layers.1.mlp.ffn_sub_norm.weight"),
          gguf.requireTensor("blk.1.ffn_sub_norm.weight"));
    }
  }

  @Test
  void readsTheMetadataOfTheGgufFiles() {
    GgufMetadata metadata = Gguf.open(GoldenFiles.BITNET_I2_S, arena).metadata();
    assertEquals("bitnet-b1.58", metadata.string("general.architecture"));
    assertEquals(256, metadata.uint("bitnet-b1.58.embedding_length"));
    assertEquals(512, metadata.byteStringArray("tokenizer.ggml.tokens").size());
    assertEquals(512, metadata.intArray("tokenizer.ggml.token_type").length);
    assertEquals("relu2",
        Gguf.open(GoldenFiles.BITNET_TQ2_0, arena).metadata().string("bitnet.hidden_act"));
    assertEquals("pt", Safetensors.open(GoldenFiles.BITNET_SAFETENSORS, arena).metadata().get("format"));
  }

  @Test
  void readsTheDivideRuleModel() throws NoSuchAlgorithmException {
    Safetensors safetensors = Safetensors.open(GoldenFiles.LLAMA158_SAFETENSORS, arena);
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    for (Linear linear : LINEARS) {
      boolean wide = linear.huggingFace.startsWith("mlp");
      int rows = wide && linear.rows == 768 ? 512 : linear.rows;
      int cols = wide && linear.cols == 768 ? 512 : linear.cols;
      digest.update(packed(safetensors, 0, new Linear(linear.huggingFace, "", rows, cols)));
    }
    assertEquals(LLAMA158_TRITS, HexFormat.of().formatHex(digest.digest()));
    assertEquals(10.125, scale(safetensors, 0, LINEARS.get(5)));
  }

  @Test
  void opensGroupedTypesAndNamesThem() {
    assertEquals(Set.of("F32", "Q1_0"), typesOf(GoldenFiles.BONSAI_Q1_0));
    assertEquals(Set.of("F32", "Q2_0"), typesOf(GoldenFiles.BONSAI_Q2_0));
    assertEquals(Set.of("F32", "PQ2_0"), typesOf(GoldenFiles.BONSAI_PQ2_0));
  }

  private Set<String> typesOf(Path file) {
    Gguf gguf = Gguf.open(file, arena);
    assertEquals("qwen3", gguf.metadata().string("general.architecture"));
    assertTrue(gguf.tensor("token_embd.weight").isPresent());
    return gguf.tensors().stream().map(tensor -> tensor.type().displayName()).collect(Collectors.toSet());
  }

  private static byte[] packed(Safetensors safetensors, int layer, Linear linear) {
    byte[] trits = new byte[linear.rows * linear.cols];
    TernaryCodes.packedRows(safetensors.requireTensor(name(layer, linear) + ".weight"), linear.rows, 0, linear.rows,
        trits, 0);
    return trits;
  }

  private static double scale(Safetensors safetensors, int layer, Linear linear) {
    return values(safetensors.requireTensor(name(layer, linear) + ".weight_scale"))[0];
  }

  private static String name(int layer, Linear linear) {
    return "model.layers." + layer + "." + linear.huggingFace;
  }

  private static void assertSameValues(Tensor expected, Tensor actual) {
    assertArrayEquals(values(expected), values(actual), actual.toString());
  }

  private static float[] values(Tensor tensor) {
    float[] values = new float[(int) tensor.elementCount()];
    TensorDecoder.decode(tensor, 0, values.length, values, 0);
    return values;
  }
}
