/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.format;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

class TensorTypeTest {

  @ParameterizedTest
  @CsvSource({"0,F32", "1,F16", "2,Q4_0", "8,Q8_0", "12,Q4_K", "14,Q6_K", "28,F64", "30,BF16", "34,TQ1_0", "35,TQ2_0",
      "36,I2_S", "39,MXFP4", "41,Q1_0", "42,Q2_0", "142,PQ2_0"})
  void knowsTheIdsOfGgufFiles(int id, TensorType type) {
    assertEquals(Optional.of(type), TensorType.ofGgmlId(id, "qwen3"));
  }

  @Test
  void letsTheArchitectureDecideIdsWithTwoMeanings() {
    assertEquals(Optional.of(TensorType.TL2), TensorType.ofGgmlId(39, "bitnet-b1.58"));
    assertEquals(Optional.of(TensorType.MXFP4), TensorType.ofGgmlId(39, "llama"));
    assertEquals(Optional.of(TensorType.TL1), TensorType.ofGgmlId(38, "bitnet"));
    assertEquals(Optional.empty(), TensorType.ofGgmlId(38, ""));
    assertEquals(Optional.empty(), TensorType.ofGgmlId(-1, "llama"));
    assertEquals(Optional.empty(), TensorType.ofSafetensorsName(""));
  }

  @ParameterizedTest
  @CsvSource({"F32,10,40", "BOOL,3,3", "Q8_0,64,68", "Q4_0,64,36", "TQ1_0,512,108", "TQ2_0,256,66", "I2_S,256,96",
      "I2_S,1024,288", "Q4_K,0,0"})
  void computesSizesInBytes(TensorType type, long elements, long bytes) {
    assertEquals(bytes, type.byteSize(elements));
  }

  @ParameterizedTest
  @EnumSource
  void namesKernelTypesOfTheSameLayout(TensorType type) {
    type.denseType().ifPresent(dense -> {
      assertEquals(type.blockElements(), dense.blockSize());
      assertEquals(type.blockBytes(), dense.blockBytes());
    });
  }

  @Test
  void refusesSizesThatNoTensorHas() {
    assertThrows(ArithmeticException.class, () -> TensorType.F64.byteSize(1L << 60));
    assertThrows(ArithmeticException.class, () -> TensorType.Q8_0.byteSize(Long.MAX_VALUE - 31));
    assertThrows(IllegalArgumentException.class, () -> TensorType.Q8_0.byteSize(33));
    assertThrows(IllegalArgumentException.class, () -> TensorType.F32.byteSize(-1));
    assertThrows(IllegalArgumentException.class, () -> TensorType.TL1.byteSize(128));
  }
}
