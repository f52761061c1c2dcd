/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.format;

import dev.trine.api.StandardErrorCode;
import dev.trine.tck.files.GgufBuilder;
import dev.trine.tck.files.SafetensorsBuilder;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.OptionalDouble;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

class TernaryCodesTest {

  private final Arena arena = Arena.ofConfined();
  private final Random random = new Random(158);

  @TempDir
  private Path folder;

  @AfterEach
  void closeArena() {
    arena.close();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 7, 8, 30})
  void unpacksRowsFromQuartersOfAnyHeight(int outRows) {
    int cols = 5;
    int blockRows = Math.ceilDiv(outRows, 4);
    int[] trits = random.ints((long) outRows * cols, -1, 2).toArray();
    byte[] packed = new byte[blockRows * cols];
    for (int i = 0; i < trits.length; i++) {
      int row = i / cols;
      packed[row % blockRows * cols + i % cols] |= (byte) ((trits[i] + 1) << (2 * (row / blockRows)));
    }
    Tensor tensor = packed(packed, blockRows, cols);
    assertArrayEquals(bytes(trits), packedRows(tensor, outRows, 0, outRows));
    assertArrayEquals(bytes(Arrays.copyOfRange(trits, (outRows - 1) * cols, outRows * cols)),
        packedRows(tensor, outRows, outRows - 1, 1));
    assertThrows(IndexOutOfBoundsException.class, () -> packedRows(tensor, outRows, outRows, 1));
  }

  @Test
  void refusesCodeThreeInPackedRowsAndSaysWhere() {
    byte[] bytes = new byte[2 * 3];
    bytes[4] = (byte) 0b1100_0000;
    Tensor tensor = packed(bytes, 2, 3);
    refused(() -> packedRows(tensor, 8, 0, 8), tensor, "code 3 in row 7, column 1");
    assertEquals(-1, packedRows(tensor, 8, 0, 7)[0]);
  }

  @Test
  void refusesPackedTensorsOfAnotherShapeOrType() {
    Tensor tensor = packed(new byte[6], 2, 3);
    refused(() -> packedRows(tensor, 9, 0, 1), tensor, "U8 with 2 rows, expected U8 with 3, the packed form of 9");
    Tensor floats = Safetensors
        .open(new SafetensorsBuilder().floats("w", new long[]{1, 2}, 1, 2).write(folder.resolve("f")), arena)
        .requireTensor("w");
    refused(() -> packedRows(floats, 4, 0, 1), floats, "is F32");
  }

  @Test
  void readsSomeRowsOfAnI2sTensorWhoseBlocksStraddleThem() {
    int[] trits = random.ints(4 * 96, -1, 2).toArray();
    Tensor tensor = gguf(36, new long[]{4, 96}, TensorDecoderTest.i2s(trits, 1.5f).array());
    byte[] rows = new byte[1 + 2 * 96];
    TernaryCodes.rows(tensor, 1, 2, rows, 1);
    assertArrayEquals(bytes(Arrays.copyOfRange(trits, 96, 3 * 96)), Arrays.copyOfRange(rows, 1, rows.length));
    assertEquals(OptionalDouble.of(1.5), TernaryCodes.uniformScale(tensor));
    assertThrows(IndexOutOfBoundsException.class, () -> TernaryCodes.rows(tensor, 3, 2, new byte[999], 0));
    assertThrows(IndexOutOfBoundsException.class, () -> TernaryCodes.rows(tensor, 0, 2, new byte[191], 0));
  }

  @Test
  void findsOneScaleOnlyWhenAllBlocksAgree() {
    byte[] data = new byte[2 * 66];
    short half = Float.floatToFloat16(0.25f);
    for (int block = 0; block < 2; block++) {
      data[66 * block + 64] = (byte) half;
      data[66 * block + 65] = (byte) (half >> 8);
    }
    assertEquals(OptionalDouble.of(0.25), TernaryCodes.uniformScale(gguf(35, new long[]{2, 256}, data)));
    data[66 + 64]++;
    assertEquals(OptionalDouble.empty(), TernaryCodes.uniformScale(gguf(35, new long[]{2, 256}, data)));
  }

  @Test
  void refusesScalesThatAreNotFinite() {
    Tensor tensor = gguf(36, new long[]{1, 128}, TensorDecoderTest.i2s(new int[128], Float.NaN).array());
    refused(() -> TernaryCodes.uniformScale(tensor), tensor, "scale NaN");
  }

  @Test
  void refusesTypesThatAreNotTernary() {
    Tensor tensor = gguf(42, new long[]{1, 64}, new byte[18]);
    Refusals.assertRefused(StandardErrorCode.MODEL_UNSUPPORTED, () -> TernaryCodes.rows(tensor, 0, 1, new byte[64], 0),
        tensor.file(), "'t'", "Q2_0", "I2_S, TQ1_0 or TQ2_0");
    Refusals.assertRefused(StandardErrorCode.MODEL_UNSUPPORTED, () -> TernaryCodes.uniformScale(tensor), tensor.file(),
        "'t'", "Q2_0");
  }

  @Test
  void makesDenseWeightsTernaryByTheirMeanMagnitude() {
    // Mean magnitude 1: 0.5 and -0.5 are ties and go to the even 0; 1.5 goes to 2 and is clamped.
    Tensor tensor = dense(0.5f, -0.5f, 0.75f, -0.75f, 1.5f, -1.5f, 0f, 2.5f);
    TernaryCodes.Absmean absmean = TernaryCodes.absmean(tensor);
    assertEquals(new TernaryCodes.Absmean(1f, 1f), absmean);
    assertArrayEquals(new byte[]{0, 0, 1, -1, 1, -1, 0, 1}, absmeanRows(tensor, absmean, 0, 2));
    assertArrayEquals(new byte[]{1, -1, 0, 1}, absmeanRows(tensor, absmean, 1, 1));
  }

  @Test
  void dividesByASmallestMeanSoThatZerosStayZeros() {
    Tensor tensor = dense(0f, 0f, 0f, 0f);
    TernaryCodes.Absmean absmean = TernaryCodes.absmean(tensor);
    assertEquals(1f / 1e-5f, absmean.factor());
    assertEquals(1f / (1f / 1e-5f), absmean.scale());
    assertArrayEquals(new byte[4], absmeanRows(tensor, absmean, 0, 1));
  }

  @Test
  void makesWholeMatricesTernaryAsTheRuleSays() {
    float[] weights = new float[5_000 * 4];
    double sum = 0;
    for (int i = 0; i < weights.length; i++) {
      weights[i] = (float) random.nextGaussian() / 50;
      sum += Math.abs((double) weights[i]);
    }
    float factor = 1f / (float) (sum / weights.length);
    byte[] expected = new byte[weights.length];
    for (int i = 0; i < weights.length; i++) {
      float scaled = weights[i] * factor;
      expected[i] = (byte) (scaled > 0.5f ? 1 : scaled < -0.5f ? -1 : 0);
    }
    Tensor tensor = dense(weights);
    TernaryCodes.Absmean absmean = TernaryCodes.absmean(tensor);
    assertEquals(new TernaryCodes.Absmean(factor, 1f / factor), absmean);
    assertArrayEquals(expected, absmeanRows(tensor, absmean, 0, 5_000));
  }

  @Test
  void refusesMasterWeightsThatAreNotFinite() {
    float[] weights = new float[8_000];
    weights[5_000] = Float.POSITIVE_INFINITY;
    Tensor tensor = dense(weights);
    refused(() -> TernaryCodes.absmean(tensor), tensor, "values 4096 to 7999");
  }

  private static void refused(Runnable action, Tensor tensor, String... fragments) {
    Refusals.assertRefused(StandardErrorCode.MODEL_INVALID, action, tensor.file(), fragments);
  }

  private static byte[] packedRows(Tensor tensor, long outRows, long firstRow, int rowCount) {
    byte[] trits = new byte[rowCount * (int) tensor.cols()];
    TernaryCodes.packedRows(tensor, outRows, firstRow, rowCount, trits, 0);
    return trits;
  }

  private static byte[] absmeanRows(Tensor tensor, TernaryCodes.Absmean absmean, long firstRow, int rowCount) {
    byte[] trits = new byte[rowCount * (int) tensor.cols()];
    TernaryCodes.absmeanRows(tensor, absmean, firstRow, rowCount, trits, 0);
    return trits;
  }

  private Tensor packed(byte[] bytes, int rows, int cols) {
    Path file = new SafetensorsBuilder().tensor("w", "U8", new long[]{rows, cols}, bytes).write(folder.resolve("p"));
    return Safetensors.open(file, arena).requireTensor("w");
  }

  private Tensor gguf(int type, long[] dimensions, byte[] data) {
    Path file = new GgufBuilder().tensor("t", type, dimensions, data).write(folder.resolve("t.gguf"));
    return Gguf.open(file, arena).requireTensor("t");
  }

  /** Rows of four weights. */
  private Tensor dense(float... weights) {
    Path file = new SafetensorsBuilder().floats("w", new long[]{weights.length / 4, 4}, weights)
        .write(folder.resolve("d"));
    return Safetensors.open(file, arena).requireTensor("w");
  }

  private static byte[] bytes(int[] trits) {
    byte[] bytes = new byte[trits.length];
    for (int i = 0; i < trits.length; i++) {
      bytes[i] = (byte) trits[i];
    }
    return bytes;
  }
}
