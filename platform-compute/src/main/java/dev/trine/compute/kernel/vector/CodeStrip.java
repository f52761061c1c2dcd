/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.kernel.vector;

import dev.trine.compute.kernel.DenseType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

import static dev.trine.compute.kernel.vector.Memory.ALL;
import static dev.trine.compute.kernel.vector.Memory.ORDER;
import static dev.trine.compute.kernel.vector.Species.FLOAT;
import static dev.trine.compute.kernel.vector.Species.LANES;
import static dev.trine.compute.kernel.vector.Species.SHORT_CODES;

/**
 * Weights of the block types taken apart: integer codes, and for each run of {@link #RUN} of them a scale and a minimum, so that
 * a weight is {@code scale * code + minimum}. The product is exact, so that a fused multiply-add rounds as the specification
 * does. One strip serves one thread at a time.
 */
final class CodeStrip {

  /** Codes that share a scale. */
  static final int RUN = 16;

  /** Most codes in a strip, a multiple of every block size. */
  static final int LENGTH = 1024;

  /** Adding it changes nothing, not even the sign of a zero. */
  private static final float NO_MINIMUM = -0f;

  private static final int STEP = SHORT_CODES.length();
  private static final int K_BLOCK = 256;
  private static final int K_SUB_BLOCK = 32;
  private static final int K_SCALE_BYTES = 12;

  /** Lane i has bit i. */
  private static final ShortVector BIT_OF_LANE = ShortVector.fromArray(SHORT_CODES, bits(), 0);
  /** A factor that moves the i-th pair of bits of a 16-bit word to its top. */
  private static final ShortVector PAIR_TO_TOP = ShortVector.fromArray(ShortVector.SPECIES_128, pairFactors(), 0);

  private final MemorySegment codeMemory = Arena.ofAuto().allocate(LENGTH * (long) Short.BYTES, Species.BYTES);
  private final long codes = Memory.ownAddress(codeMemory);
  private final float[] scales = new float[LENGTH / RUN];
  private final float[] minima = new float[LENGTH / RUN];

  private static short[] bits() {
    var bits = new short[STEP];
    for (int i = 0; i < STEP; i++) {
      bits[i] = (short) (1 << i);
    }
    return bits;
  }

  private static short[] pairFactors() {
    var factors = new short[8];
    for (int i = 0; i < 8; i++) {
      factors[i] = (short) (1 << (14 - 2 * i));
    }
    return factors;
  }

  /** Address of a code. */
  private long code(int index) {
    return codes + (long) index * Short.BYTES;
  }

  /**
   * Decodes a part of a row.
   *
   * @param type  a block type of codes: not F32, F16, BF16
   * @param from  address of its first block
   * @param to    address of the first float
   * @param count number of weights, a multiple of the block size
   */
  void decode(DenseType type, long from, long to, int count) {
    for (int done = 0; done < count; done += LENGTH) {
      int length = Math.min(LENGTH, count - done);
      unpack(type, from + type.rowBytes(done), length);
      long out = to + (long) done * Float.BYTES;
      for (int run = 0; run < length / RUN; run++) {
        FloatVector scale = FloatVector.broadcast(FLOAT, scales[run]);
        FloatVector minimum = FloatVector.broadcast(FLOAT, minima[run]);
        for (int v = 0; v < RUN; v += LANES) {
          int i = run * RUN + v;
          ((FloatVector) Memory.shortLanes(code(i))
              .convertShape(VectorOperators.S2F, FLOAT, 0)).fma(scale, minimum)
              .intoMemorySegment(ALL, Memory.at(out + (long) i * Float.BYTES, Species.BYTES), ORDER);
        }
      }
    }
  }

  private void unpack(DenseType type, long from, int count) {
    switch (type) {
      case Q8_0 -> unpackQ8(from, count);
      case Q4_0 -> unpackQ4(from, count, false);
      case Q4_1 -> unpackQ4(from, count, true);
      case Q5_0 -> unpackQ5(from, count, false);
      case Q5_1 -> unpackQ5(from, count, true);
      case Q4_K -> unpackQ4K(from, count);
      case Q5_K -> unpackQ5K(from, count);
      case Q6_K -> unpackQ6K(from, count);
      case Q1_0 -> unpackQ1(from, count);
      case Q2_0, PQ2_0 -> unpackQ2(from, type.blockSize(), count);
      case F32, F16, BF16 -> throw new IllegalArgumentException(type + " has no codes");
    }
  }

  private static float half(long address) {
    return Float.float16ToFloat(Memory.getShort(address));
  }

  private static int unsigned(long address) {
    return Memory.getByte(address) & 0xff;
  }

  /** Scale and minimum of the two runs of 32 codes. */
  private void setPair(int at, float scale, float minimum) {
    int run = at / RUN;
    scales[run] = scale;
    scales[run + 1] = scale;
    minima[run] = minimum;
    minima[run + 1] = minimum;
  }

  private void unpackQ8(long from, int count) {
    long block = from;
    for (int at = 0; at < count; at += 32) {
      setPair(at, half(block), NO_MINIMUM);
      for (int v = 0; v < 32; v += STEP) {
        ((ShortVector) Memory.byteCodes(block + 2 + v)
            .convertShape(VectorOperators.B2S, SHORT_CODES, 0))
            .intoMemorySegment(ALL, Memory.at(code(at + v), SHORT_CODES.vectorByteSize()), ORDER);
      }
      block += DenseType.Q8_0.blockBytes();
    }
  }

  private void unpackQ4(long from, int count, boolean withMinimum) {
    short bias = (short) (withMinimum ? 0 : -8);
    int header = withMinimum ? 4 : 2;
    long block = from;
    for (int at = 0; at < count; at += 32) {
      setPair(at, half(block), withMinimum ? half(block + 2) : NO_MINIMUM);
      for (int v = 0; v < 16; v += STEP) {
        ShortVector pairs = (ShortVector) Memory.byteCodes(block + header + v)
            .convertShape(VectorOperators.ZERO_EXTEND_B2S, SHORT_CODES, 0);
        pairs.and((short) 15).add(bias).intoMemorySegment(ALL, Memory.at(code(at + v), SHORT_CODES.vectorByteSize()),
            ORDER);
        pairs.lanewise(VectorOperators.LSHR, 4).add(bias).intoMemorySegment(ALL,
            Memory.at(code(at + 16 + v), SHORT_CODES.vectorByteSize()), ORDER);
      }
      block += header + 16;
    }
  }

  /** Four bits as in Q4, before them 32 fifth bits: bit j is worth 16 in code j. */
  private void unpackQ5(long from, int count, boolean withMinimum) {
    short bias = (short) (withMinimum ? 0 : -16);
    int header = withMinimum ? 4 : 2;
    long block = from;
    for (int at = 0; at < count; at += 32) {
      setPair(at, half(block), withMinimum ? half(block + 2) : NO_MINIMUM);
      int bits = Memory.getInt(block + header);
      for (int v = 0; v < 16; v += STEP) {
        ShortVector pairs = (ShortVector) Memory.byteCodes(block + header + 4 + v)
            .convertShape(VectorOperators.ZERO_EXTEND_B2S, SHORT_CODES, 0);
        VectorMask<Short> low = BIT_OF_LANE.and((short) (bits >>> v)).compare(VectorOperators.NE, 0);
        VectorMask<Short> high = BIT_OF_LANE.and((short) (bits >>> (v + 16))).compare(VectorOperators.NE, 0);
        pairs.and((short) 15).add(bias).add((short) 16, low).intoMemorySegment(ALL,
            Memory.at(code(at + v), SHORT_CODES.vectorByteSize()), ORDER);
        pairs.lanewise(VectorOperators.LSHR, 4).add(bias).add((short) 16, high).intoMemorySegment(ALL,
            Memory.at(code(at + 16 + v), SHORT_CODES.vectorByteSize()), ORDER);
      }
      block += header + 4 + 16;
    }
  }

  private void unpackQ4K(long from, int count) {
    long block = from;
    for (int at = 0; at < count; at += K_BLOCK) {
      setKRuns(block, at);
      for (int v = 0; v < K_BLOCK / 2; v += STEP) {
        int i = at + v / K_SUB_BLOCK * (2 * K_SUB_BLOCK) + v % K_SUB_BLOCK;
        ShortVector pairs = (ShortVector) Memory.byteCodes(block + 4 + K_SCALE_BYTES + v)
            .convertShape(VectorOperators.ZERO_EXTEND_B2S, SHORT_CODES, 0);
        pairs.and((short) 15).intoMemorySegment(ALL, Memory.at(code(i), SHORT_CODES.vectorByteSize()), ORDER);
        pairs.lanewise(VectorOperators.LSHR, 4).intoMemorySegment(ALL,
            Memory.at(code(i + K_SUB_BLOCK), SHORT_CODES.vectorByteSize()), ORDER);
      }
      block += DenseType.Q4_K.blockBytes();
    }
  }

  /** Four bits as in Q4_K, before them 32 bytes: bit s of byte e is worth 16 in code e of sub-block s. */
  private void unpackQ5K(long from, int count) {
    long block = from;
    for (int at = 0; at < count; at += K_BLOCK) {
      setKRuns(block, at);
      long fifthBits = block + 4 + K_SCALE_BYTES;
      for (int v = 0; v < K_BLOCK / 2; v += STEP) {
        int group = v / K_SUB_BLOCK;
        int i = at + group * (2 * K_SUB_BLOCK) + v % K_SUB_BLOCK;
        ShortVector pairs = (ShortVector) Memory.byteCodes(fifthBits + K_SUB_BLOCK + v)
            .convertShape(VectorOperators.ZERO_EXTEND_B2S, SHORT_CODES, 0);
        ShortVector planes = ((ShortVector) Memory.byteCodes(fifthBits + v % K_SUB_BLOCK)
            .convertShape(VectorOperators.ZERO_EXTEND_B2S, SHORT_CODES, 0)).lanewise(VectorOperators.LSHR, 2L * group);
        pairs.and((short) 15).or(planes.and((short) 1).lanewise(VectorOperators.LSHL, 4)).intoMemorySegment(ALL,
            Memory.at(code(i), SHORT_CODES.vectorByteSize()), ORDER);
        pairs.lanewise(VectorOperators.LSHR, 4).or(planes.and((short) 2).lanewise(VectorOperators.LSHL, 3))
            .intoMemorySegment(ALL, Memory.at(code(i + K_SUB_BLOCK), SHORT_CODES.vectorByteSize()), ORDER);
      }
      block += DenseType.Q5_K.blockBytes();
    }
  }

  /** Scales and minima of the eight sub-blocks of Q4_K and Q5_K. */
  private void setKRuns(long block, int at) {
    float d = half(block);
    float dmin = half(block + 2);
    long packed = block + 4;
    for (int sub = 0; sub < 4; sub++) {
      setPair(at + sub * K_SUB_BLOCK, d * (unsigned(packed + sub) & 63), -(dmin * (unsigned(packed + sub + 4) & 63)));
    }
    for (int sub = 4; sub < 8; sub++) {
      int low = unsigned(packed + sub + 4);
      int scale = (low & 15) | ((unsigned(packed + sub - 4) >> 6) << 4);
      int minimum = (low >> 4) | ((unsigned(packed + sub) >> 6) << 4);
      setPair(at + sub * K_SUB_BLOCK, d * scale, -(dmin * minimum));
    }
  }

  private void unpackQ6K(long from, int count) {
    long block = from;
    for (int at = 0; at < count; at += K_BLOCK) {
      float d = half(block + 208);
      for (int run = 0; run < K_BLOCK / RUN; run++) {
        scales[at / RUN + run] = d * Memory.getByte(block + 192 + run);
        minima[at / RUN + run] = NO_MINIMUM;
      }
      for (int v = 0; v < 64; v += STEP) {
        // The 64 lanes are those of two halves, 32 each.
        long low = block + (v & 32) * 2L + (v & 31);
        int i = at + (v & 32) * 4 + (v & 31);
        ShortVector even = (ShortVector) Memory.byteCodes(low)
            .convertShape(VectorOperators.ZERO_EXTEND_B2S, SHORT_CODES, 0);
        ShortVector odd = (ShortVector) Memory.byteCodes(low + 32)
            .convertShape(VectorOperators.ZERO_EXTEND_B2S, SHORT_CODES, 0);
        ShortVector high = (ShortVector) Memory.byteCodes(block + 128 + v)
            .convertShape(VectorOperators.ZERO_EXTEND_B2S, SHORT_CODES, 0);
        even.and((short) 15).or(high.and((short) 3).lanewise(VectorOperators.LSHL, 4)).sub((short) 32)
            .intoMemorySegment(ALL, Memory.at(code(i), SHORT_CODES.vectorByteSize()), ORDER);
        odd.and((short) 15).or(high.and((short) 12).lanewise(VectorOperators.LSHL, 2)).sub((short) 32)
            .intoMemorySegment(ALL, Memory.at(code(i + 32), SHORT_CODES.vectorByteSize()), ORDER);
        even.lanewise(VectorOperators.LSHR, 4).or(high.and((short) 48)).sub((short) 32).intoMemorySegment(ALL,
            Memory.at(code(i + 64), SHORT_CODES.vectorByteSize()), ORDER);
        odd.lanewise(VectorOperators.LSHR, 4).or(high.lanewise(VectorOperators.LSHR, 2).and((short) 48))
            .sub((short) 32).intoMemorySegment(ALL, Memory.at(code(i + 96), SHORT_CODES.vectorByteSize()), ORDER);
      }
      block += DenseType.Q6_K.blockBytes();
    }
  }

  /** Bit j is the sign of weight j: 1 for +1, 0 for -1. */
  private void unpackQ1(long from, int count) {
    ShortVector minusOnes = ShortVector.broadcast(SHORT_CODES, -1);
    long block = from;
    for (int at = 0; at < count; at += 128) {
      float scale = half(block);
      for (int v = 0; v < 128; v += 32) {
        setPair(at + v, scale, NO_MINIMUM);
      }
      for (int v = 0; v < 128; v += STEP) {
        // Not a short for eight codes: the last byte of a block may be the last of its memory.
        short bits = STEP == Short.SIZE
            ? Memory.getShort(block + 2 + v / 8)
            : Memory.getByte(block + 2 + v / 8);
        VectorMask<Short> set = BIT_OF_LANE.and(bits).compare(VectorOperators.NE, 0);
        minusOnes.add((short) 2, set).intoMemorySegment(ALL, Memory.at(code(at + v), SHORT_CODES.vectorByteSize()),
            ORDER);
      }
      block += DenseType.Q1_0.blockBytes();
    }
  }

  /** Pairs of bits, eight to a 16-bit word, each 1 too large. */
  private void unpackQ2(long from, int blockSize, int count) {
    long block = from;
    for (int at = 0; at < count; at += blockSize) {
      float scale = half(block);
      for (int v = 0; v < blockSize; v += 32) {
        setPair(at + v, scale, NO_MINIMUM);
      }
      for (int v = 0; v < blockSize; v += 8) {
        PAIR_TO_TOP.mul(Memory.getShort(block + 2 + v / 4)).lanewise(VectorOperators.LSHR, 14).sub((short) 1)
            .intoMemorySegment(ALL, Memory.at(code(at + v), PAIR_TO_TOP.byteSize()), ORDER);
      }
      block += 2 + blockSize / 4;
    }
  }
}
