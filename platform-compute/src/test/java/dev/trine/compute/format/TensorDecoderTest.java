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
import java.util.BitSet;
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
  void decodesQ41() {
    float[] expected = new float[COUNT];
    ByteBuffer data = buffer(COUNT / 32 * 20);
    for (int block = 0; block < COUNT / 32; block++) {
      float scale = putAnyScale(data);
      float minimum = putAnyScale(data);
      int[] quants = random.ints(32, 0, 16).toArray();
      putNibbles(data, quants, 0, 16);
      for (int j = 0; j < 32; j++) {
        expected[32 * block + j] = scale * quants[j] + minimum;
      }
    }
    assertDecodes(expected, 3, data);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void decodesQ50AndQ51(boolean withMinimum) {
    float[] expected = new float[COUNT];
    ByteBuffer data = buffer(COUNT / 32 * (withMinimum ? 24 : 22));
    for (int block = 0; block < COUNT / 32; block++) {
      float scale = putAnyScale(data);
      float minimum = withMinimum ? putAnyScale(data) : 0;
      int[] quants = random.ints(32, 0, 32).toArray();
      int fifthBits = 0;
      for (int j = 0; j < 32; j++) {
        fifthBits |= (quants[j] / 16) << j;
        expected[32 * block + j] = withMinimum ? scale * quants[j] + minimum : scale * (quants[j] - 16);
      }
      data.putInt(fifthBits);
      putNibbles(data, quants, 0, 16);
    }
    assertDecodes(expected, withMinimum ? 7 : 6, data);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void decodesQ4KAndQ5K(boolean fiveBits) {
    float[] expected = new float[COUNT];
    ByteBuffer data = buffer(COUNT / 256 * (fiveBits ? 176 : 144));
    for (int block = 0; block < COUNT / 256; block++) {
      float scale = putAnyScale(data);
      float minimumScale = putAnyScale(data);
      int[] scales = random.ints(8, 0, 64).toArray();
      int[] minima = random.ints(8, 0, 64).toArray();
      // Four scales, four minima, then nibbles of the other four pairs, whose upper bits fill up the first eight bytes.
      for (int k = 0; k < 4; k++) {
        data.put((byte) (scales[k] + 64 * (scales[k + 4] / 16)));
      }
      for (int k = 0; k < 4; k++) {
        data.put((byte) (minima[k] + 64 * (minima[k + 4] / 16)));
      }
      for (int k = 4; k < 8; k++) {
        data.put((byte) (scales[k] % 16 + 16 * (minima[k] % 16)));
      }
      int[] quants = random.ints(256, 0, fiveBits ? 32 : 16).toArray();
      if (fiveBits) {
        for (int e = 0; e < 32; e++) {
          int bits = 0;
          for (int sub = 0; sub < 8; sub++) {
            bits += (quants[32 * sub + e] / 16) << sub;
          }
          data.put((byte) bits);
        }
      }
      for (int group = 0; group < 4; group++) {
        putNibbles(data, quants, 64 * group, 32);
      }
      for (int j = 0; j < 256; j++) {
        expected[256 * block + j] = scale * scales[j / 32] * quants[j] - minimumScale * minima[j / 32];
      }
    }
    assertDecodes(expected, fiveBits ? 13 : 12, data);
  }

  @Test
  void decodesQ6K() {
    float[] expected = new float[COUNT];
    ByteBuffer data = buffer(COUNT / 256 * 210);
    for (int block = 0; block < COUNT / 256; block++) {
      int[] quants = random.ints(256, 0, 64).toArray();
      byte[] scales = new byte[16];
      random.nextBytes(scales);
      byte[] high = new byte[64];
      for (int half = 0; half < 2; half++) {
        // Quarters 0 and 2 share bytes, and so do 1 and 3.
        for (int pair = 0; pair < 2; pair++) {
          for (int l = 0; l < 32; l++) {
            int first = quants[128 * half + 32 * pair + l];
            int second = quants[128 * half + 32 * (pair + 2) + l];
            data.put((byte) (first % 16 + 16 * (second % 16)));
            high[32 * half + l] += (byte) ((first / 16) << (2 * pair));
            high[32 * half + l] += (byte) ((second / 16) << (2 * pair + 4));
          }
        }
      }
      data.put(high).put(scales);
      float scale = putAnyScale(data);
      for (int j = 0; j < 256; j++) {
        expected[256 * block + j] = scale * scales[j / 16] * (quants[j] - 32);
      }
    }
    assertDecodes(expected, 14, data);
  }

  @Test
  void decodesQ10() {
    float[] expected = new float[COUNT];
    ByteBuffer data = buffer(COUNT / 128 * 18);
    for (int block = 0; block < COUNT / 128; block++) {
      float scale = putAnyScale(data);
      BitSet positive = new BitSet();
      for (int j = 0; j < 128; j++) {
        positive.set(j, random.nextBoolean());
        expected[128 * block + j] = positive.get(j) ? scale : -scale;
      }
      data.put(Arrays.copyOf(positive.toByteArray(), 16));
    }
    assertDecodes(expected, 41, data);
  }

  @ParameterizedTest
  @CsvSource({"42,64", "42,128", "142,128"})
  void decodesPairsOfBitsInGroups(int type, int group) {
    float[] expected = new float[COUNT];
    ByteBuffer data = buffer(COUNT / group * (2 + group / 4));
    for (int block = 0; block < COUNT / group; block++) {
      float scale = putAnyScale(data);
      for (int j = 0; j < group; j += 4) {
        int[] quants = random.ints(4, 0, 4).toArray();
        data.put((byte) (quants[0] + 4 * quants[1] + 16 * quants[2] + 64 * quants[3]));
        for (int i = 0; i < 4; i++) {
          expected[group * block + j + i] = scale * (quants[i] - 1);
        }
      }
    }
    assertDecodes(expected, type, data);
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
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = {"F32", "F16", "BF16", "F64", "Q8_0", "Q4_0", "Q4_1", "Q5_0",
      "Q5_1", "Q4_K", "Q5_K", "Q6_K", "Q1_0", "Q2_0", "Q2_0_G128", "PQ2_0", "TQ1_0", "TQ2_0", "I2_S"})
  void refusesEveryOtherTypeByName(TensorType type) {
    var tensor = new Tensor("blk.0.attn_q.weight", type, new Shape(1, 256), arena.allocate(1_024), Path.of("m.gguf"));
    assertFalse(TensorDecoder.supports(type));
    Refusals.assertRefused(StandardErrorCode.MODEL_UNSUPPORTED, () -> decode(tensor, 0, 256), tensor.file(),
        "'blk.0.attn_q.weight'", "type " + type.displayName(),
        "supported are F32, F16, BF16, F64, Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, Q4_K");
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

  /** A scale of any sign and size, also infinite or not a number. */
  private float putAnyScale(ByteBuffer data) {
    short bits = (short) random.nextInt();
    data.putShort(bits);
    return half(bits);
  }

  /** The first {@code run} quants in low nibbles, the next ones in the high nibbles of the same bytes. */
  private static void putNibbles(ByteBuffer data, int[] quants, int from, int run) {
    for (int j = from; j < from + run; j++) {
      data.put((byte) (quants[j] % 16 + 16 * (quants[j + run] % 16)));
    }
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
