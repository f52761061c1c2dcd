/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.format;

import dev.trine.api.StandardErrorCode;
import dev.trine.tck.files.GgufBuilder;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

/** Each type is written by an encoder that follows the layout's description, and read back. */
class TensorDecoderTest {

  private static final long SEED = 20261121;
  private static final int ROWS = 3;
  private static final int COLS = 512;
  private static final int COUNT = ROWS * COLS;

  private final Arena arena = Arena.ofConfined();
  private final Random random = new Random(SEED);

  @TempDir
  private Path folder;

  @AfterEach
  void closeArena() {
    arena.close();
  }

  @Test
  void decodesF32() {
    float[] expected = gaussians();
    ByteBuffer data = buffer(4 * COUNT);
    for (float value : expected) {
      data.putFloat(value);
    }
    assertDecodes(expected, 0, data);
  }

  @Test
  void decodesF64RoundedToSinglePrecision() {
    float[] expected = new float[COUNT];
    ByteBuffer data = buffer(8 * COUNT);
    for (int i = 0; i < COUNT; i++) {
      double value = random.nextGaussian();
      expected[i] = (float) value;
      data.putDouble(value);
    }
    assertDecodes(expected, 28, data);
  }

  @Test
  void decodesEveryF16BitPattern() {
    ByteBuffer data = buffer(2 << 16);
    float[] expected = new float[1 << 16];
    for (int bits = 0; bits < 1 << 16; bits++) {
      data.putShort((short) bits);
      expected[bits] = half(bits);
    }
    assertArrayEquals(expected, decode(tensor(1, new long[]{1 << 16}, data), 0, 1 << 16));
  }

  @Test
  void decodesEveryBf16BitPattern() {
    ByteBuffer data = buffer(2 << 16);
    float[] expected = new float[1 << 16];
    for (int bits = 0; bits < 1 << 16; bits++) {
      data.putShort((short) bits);
      expected[bits] = Float.intBitsToFloat(bits << 16);
    }
    assertArrayEquals(expected, decode(tensor(30, new long[]{1 << 16}, data), 0, 1 << 16));
  }

  @Test
  void decodesQ80() {
    float[] expected = new float[COUNT];
    ByteBuffer data = buffer(COUNT / 32 * 34);
    for (int i = 0; i < COUNT; i++) {
      float scale = i % 32 == 0 ? putScale(data) : half(data.getShort(i / 32 * 34));
      int quant = i < 256 ? i - 128 : random.nextInt(-128, 128);
      data.put((byte) quant);
      expected[i] = scale * quant;
    }
    assertDecodes(expected, 8, data);
  }

  @Test
  void decodesQ40() {
    float[] expected = new float[COUNT];
    ByteBuffer data = buffer(COUNT / 32 * 18);
    for (int block = 0; block < COUNT / 32; block++) {
      float scale = putScale(data);
      int[] quants = random.ints(32, 0, 16).toArray();
      for (int j = 0; j < 16; j++) {
        data.put((byte) (quants[j] + 16 * quants[j + 16]));
      }
      for (int j = 0; j < 32; j++) {
        expected[32 * block + j] = scale * (quants[j] - 8);
      }
    }
    assertDecodes(expected, 2, data);
  }

  @Test
  void decodesTq10() {
    float[] expected = new float[COUNT];
    ByteBuffer data = buffer(COUNT / 256 * 54);
    for (int block = 0; block < COUNT / 256; block++) {
      int[] trits = random.ints(256, -1, 2).toArray();
      for (int m = 0; m < 32; m++) {
        data.put(base3(trits[m], trits[32 + m], trits[64 + m], trits[96 + m], trits[128 + m]));
      }
      for (int m = 160; m < 176; m++) {
        data.put(base3(trits[m], trits[16 + m], trits[32 + m], trits[48 + m], trits[64 + m]));
      }
      for (int m = 240; m < 244; m++) {
        data.put(base3(trits[m], trits[4 + m], trits[8 + m], trits[12 + m], -1));
      }
      scaled(trits, putScale(data), expected, 256 * block);
    }
    assertDecodes(expected, 34, data);
  }

  @Test
  void decodesTq20() {
    float[] expected = new float[COUNT];
    ByteBuffer data = buffer(COUNT / 256 * 66);
    for (int block = 0; block < COUNT / 256; block++) {
      int[] trits = random.ints(256, -1, 2).toArray();
      byte[] codes = new byte[64];
      for (int i = 0; i < 256; i++) {
        int half = i / 128;
        int lane = i / 32 % 4;
        codes[32 * half + i % 32] |= (byte) ((trits[i] + 1) << (2 * lane));
      }
      data.put(codes);
      scaled(trits, putScale(data), expected, 256 * block);
    }
    assertDecodes(expected, 35, data);
  }

  @ParameterizedTest
  @ValueSource(ints = {COLS, 192})
  void decodesI2SAlsoWhenBlocksStraddleRows(int cols) {
    int rows = 2;
    int[] trits = random.ints((long) rows * cols, -1, 2).toArray();
    float[] expected = new float[rows * cols];
    scaled(trits, 0.37f, expected, 0);
    assertArrayEquals(expected, decode(tensor(36, new long[]{rows, cols}, i2s(trits, 0.37f)), 0, rows * cols));
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = {"F32", "F16", "BF16", "F64", "Q8_0", "Q4_0", "TQ1_0", "TQ2_0",
      "I2_S"})
  void refusesEveryOtherTypeByName(TensorType type) {
    var tensor = new Tensor("blk.0.attn_q.weight", type, new Shape(1, 256), arena.allocate(1_024), Path.of("m.gguf"));
    assertFalse(TensorDecoder.supports(type));
    Refusals.assertRefused(StandardErrorCode.MODEL_UNSUPPORTED, () -> decode(tensor, 0, 256), tensor.file(),
        "'blk.0.attn_q.weight'", "type " + type.displayName(), "supported are F32, F16, BF16, F64, Q4_0, Q8_0");
  }

  @ParameterizedTest
  @CsvSource({"35,65", "36,33"})
  void refusesTheTernaryCodeThatStandsForNothing(int type, int value) {
    byte[] data = new byte[type == 35 ? 66 : 96];
    data[33] = 0b0011_0000;
    Tensor tensor = tensor(type, new long[]{1, 256}, ByteBuffer.wrap(data));
    Refusals.assertRefused(StandardErrorCode.MODEL_INVALID, () -> decode(tensor, 0, 256), tensor.file(), "'t'",
        "code 3 in value " + value + " of the 128 that begin at byte 32");
  }

  @Test
  void refusesRangesOutsideOfTensorAndOutput() {
    Tensor tensor = tensor(0, new long[]{4}, buffer(16));
    assertThrows(IndexOutOfBoundsException.class, () -> decode(tensor, 1, 4));
    assertThrows(IndexOutOfBoundsException.class, () -> decode(tensor, -1, 1));
    assertThrows(IndexOutOfBoundsException.class, () -> TensorDecoder.decode(tensor, 0, 4, new float[4], 1));
  }

  /** The whole tensor, and ranges that begin and end anywhere. */
  private void assertDecodes(float[] expected, int type, ByteBuffer data) {
    Tensor tensor = tensor(type, new long[]{ROWS, COLS}, data);
    assertArrayEquals(expected, decode(tensor, 0, COUNT), tensor.toString());
    for (int trial = 0; trial < 200; trial++) {
      int from = random.nextInt(COUNT);
      int count = random.nextInt(COUNT - from + 1);
      float[] out = new float[count + 2];
      Arrays.fill(out, Float.NaN);
      TensorDecoder.decode(tensor, from, count, out, 1);
      assertArrayEquals(Arrays.copyOfRange(expected, from, from + count), Arrays.copyOfRange(out, 1, count + 1),
          tensor + " from " + from);
      assertEquals(Float.NaN, out[0]);
      assertEquals(Float.NaN, out[count + 1]);
    }
  }

  private Tensor tensor(int type, long[] dimensions, ByteBuffer data) {
    // A name of odd length, so that nothing relies on where the data begins.
    Path file = new GgufBuilder().tensor("t", type, dimensions, bytes(data)).write(folder.resolve("t.gguf"));
    return Gguf.open(file, arena).requireTensor("t");
  }

  private static float[] decode(Tensor tensor, long from, int count) {
    float[] out = new float[count];
    TensorDecoder.decode(tensor, from, count, out, 0);
    return out;
  }

  /** bitnet.cpp's layout: blocks of 128 values in 32 bytes, the first 32 values in the highest bits; then the scale. */
  static ByteBuffer i2s(int[] trits, float scale) {
    ByteBuffer data = buffer(trits.length / 4 + 32);
    for (int i = 0; i < trits.length; i++) {
      int at = i / 128 * 32 + i % 32;
      data.put(at, (byte) (data.get(at) | (trits[i] + 1) << (6 - 2 * (i % 128 / 32))));
    }
    data.putFloat(trits.length / 4, scale);
    return data;
  }

  private static byte base3(int... trits) {
    int number = 0;
    for (int trit : trits) {
      number = 3 * number + trit + 1;
    }
    return (byte) Math.ceilDiv(number * 256, 243);
  }

  private float putScale(ByteBuffer data) {
    short bits = Float.floatToFloat16(random.nextFloat() / 8);
    data.putShort(bits);
    return half(bits);
  }

  /** IEEE 754 half precision from its definition. */
  private static float half(int bits) {
    int sign = (bits & 0x8000) == 0 ? 1 : -1;
    int exponent = bits >> 10 & 31;
    int fraction = bits & 1023;
    if (exponent == 31) {
      return fraction == 0 ? sign * Float.POSITIVE_INFINITY : Float.NaN;
    }
    double magnitude = exponent == 0 ? Math.scalb(fraction, -24) : Math.scalb(1024 + fraction, exponent - 25);
    return (float) (sign * magnitude);
  }

  private static void scaled(int[] trits, float scale, float[] out, int offset) {
    for (int i = 0; i < trits.length; i++) {
      out[offset + i] = scale * trits[i];
    }
  }

  private float[] gaussians() {
    float[] values = new float[COUNT];
    for (int i = 0; i < COUNT; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  private static ByteBuffer buffer(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static byte[] bytes(ByteBuffer data) {
    byte[] bytes = new byte[data.capacity()];
    data.get(0, bytes);
    return bytes;
  }
}
