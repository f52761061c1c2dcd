/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.model;

import com.fasterxml.jackson.databind.JsonNode;
import dev.trine.compute.format.Safetensors;
import dev.trine.compute.format.TernaryCodes;
import dev.trine.compute.kernel.Kernels;
import dev.trine.compute.kernel.TernaryMatrix;
import dev.trine.compute.kernel.choice.KernelChoice;
import dev.trine.llm.bitnet.GoldenFiles;
import java.lang.foreign.Arena;
import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** One BitLinear step by step: quantised input, scale and integer sums exact, outputs within 2 ulp. */
class BitLinearGoldenTest {

  private static final int ROWS = 256;
  private static final int COLS = 256;

  @ParameterizedTest
  @EnumSource(names = {"SCALAR", "VECTOR"})
  void everyStepEqualsTheReference(KernelChoice.Preference preference) {
    Kernels kernels = KernelChoice.choose(preference).kernels();
    JsonNode golden = GoldenFiles.json("bitnet-mini-set/bitnet-mini/unit-bitlinear.json");
    try (Arena arena = Arena.ofConfined()) {
      var file = Safetensors.open(GoldenFiles.path("bitnet-mini-set/bitnet-mini"), arena);
      var tensor = file.requireTensor("model.layers.0.self_attn.q_proj.weight");
      var matrix = TernaryMatrix.pack(kernels.ternary().layout(), ROWS, COLS,
          (row, trits) -> TernaryCodes.packedRows(tensor, ROWS, row, 1, trits, 0), arena);
      float weightScale = (float) golden.get("w").asDouble();
      var tables = arena.allocate(kernels.ternary().tableBytes(COLS, 1), 64);
      var scratch = kernels.ternary().newTileScratch(arena);
      for (int i = 0; i < golden.get("x").size(); i++) {
        float[] x = floats(golden.get("x").get(i));
        var q = new byte[COLS];
        float scale = kernels.math().quantise(x, 0, COLS, q, 0);
        assertEquals((float) golden.get("s").get(i).asDouble(), scale, "scale");
        int[] expected = GoldenFiles.ints(golden.get("q").get(i));
        for (int col = 0; col < COLS; col++) {
          assertEquals(expected[col], q[col], "q[" + col + "]");
        }
        kernels.ternary().prepare(q, 0, COLS, 1, COLS, tables, 0, matrix.chunks());
        var sums = new int[ROWS];
        kernels.ternary().multiply(matrix, tables, 1, sums, 0, ROWS, 0, matrix.rowBlocks(), scratch);
        int[] first = GoldenFiles.ints(golden.get("acc_first8").get(i));
        assertArrayEquals(first, Arrays.copyOf(sums, first.length), "integer sums");
        var y = new float[ROWS];
        kernels.math().scaleSums(sums, 0, weightScale / scale, y, 0, ROWS);
        float[] expectedY = floats(golden.get("y_first8").get(i));
        for (int row = 0; row < expectedY.length; row++) {
          assertTrue(Math.abs(expectedY[row] - y[row]) <= 2 * Math.ulp(expectedY[row]),
              "y[" + row + "] is " + y[row] + ", expected " + expectedY[row]);
        }
      }
    }
  }

  private static float[] floats(JsonNode list) {
    var values = new float[list.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) list.get(i).asDouble();
    }
    return values;
  }
}
