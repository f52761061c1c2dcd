/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.kernel.vector;

import dev.trine.compute.kernel.AttentionKernel;
import dev.trine.compute.kernel.DenseKernel;
import dev.trine.compute.kernel.Kernels;
import dev.trine.compute.kernel.ScreenKernel;
import dev.trine.compute.kernel.TernaryKernel;
import dev.trine.compute.kernel.VectorMath;
import java.util.List;
import java.util.Optional;

/** The kernels of this package at the width that the machine prefers. */
public final class VectorKernels implements Kernels {

  /** How a single token is multiplied with ternary weights. */
  public enum Decode {
    /** Four weights a byte, by 16-bit multiplication: on any processor. */
    MULTIPLY,
    /** Four weights a byte, by look-up in two 512-bit registers. */
    LOOKUP,
    /** Five weights a byte, by look-up in two 512-bit registers. */
    SIGNED_LOOKUP
  }

  /** Counts changes that make earlier measurements of speed invalid. */
  public static final int VERSION = 2;

  /** Tokens of a tile, which are multiplied together: 32 with vectors of 512 bits, 8 with vectors of 128. */
  public static final int TILE_TOKENS = TokenTile.TOKENS;

  private static final int MULTIPLY_TILE_COST = 8;
  private static final int LOOKUP_TILE_COST = 24;

  private static final ScreenKernel SCREEN = new LookupScreen();

  private final Decode decode;
  private final TernaryKernel ternary;
  private final DenseKernel dense = new VectorDenseKernel();
  private final VectorMath math = new WideVectorMath();
  private final AttentionKernel attention = new VectorAttentionKernel();

  /** Kernels with a method to decode, which must be among {@link #decodes}, and the usual cost of a tile. */
  public VectorKernels(Decode decode) {
    this(decode, decode == Decode.MULTIPLY ? MULTIPLY_TILE_COST : LOOKUP_TILE_COST);
  }

  /**
   * Kernels with a method to decode.
   *
   * @param decode one of {@link #decodes}
   * @param tileCost what a tile of tokens costs, in single tokens, at least 1: decides how few tokens are taken singly
   */
  public VectorKernels(Decode decode, int tileCost) {
    if (decode != Decode.MULTIPLY && Species.BITS != Species.BYTE_512.vectorBitSize()) {
      throw new IllegalArgumentException(decode + " needs vectors of 512 bits, not " + Species.BITS);
    }
    if (tileCost < 1) {
      throw new IllegalArgumentException("a tile costs at least one token, not " + tileCost);
    }
    this.decode = decode;
    this.ternary = new VectorTernaryKernel(switch (decode) {
      case MULTIPLY -> new ArithmeticDecode();
      case LOOKUP -> new LookupDecode();
      case SIGNED_LOOKUP -> new SignedLookupDecode();
    }, tileCost);
  }

  /**
   * The methods that are fast on this machine, the best guess first.
   *
   * @param bytePermutes whether the processor permutes the bytes of two 512-bit registers (AVX-512 VBMI); matters at 512 bits
   *     only
   */
  public static List<Decode> decodes(boolean bytePermutes) {
    return bytePermutes && Species.BITS == Species.BYTE_512.vectorBitSize()
        ? List.of(Decode.LOOKUP, Decode.SIGNED_LOOKUP)
        : List.of(Decode.MULTIPLY);
  }

  /** Width of the vectors in bits. */
  public int bits() {
    return Species.BITS;
  }

  /** How a single token is multiplied with ternary weights. */
  public Decode decode() {
    return decode;
  }

  @Override
  public String name() {
    return "vector-" + Species.BITS;
  }

  @Override
  public TernaryKernel ternary() {
    return ternary;
  }

  @Override
  public DenseKernel dense() {
    return dense;
  }

  @Override
  public Optional<ScreenKernel> screen() {
    return decode != Decode.MULTIPLY ? Optional.of(SCREEN) : Optional.empty();
  }

  @Override
  public VectorMath math() {
    return math;
  }

  @Override
  public AttentionKernel attention() {
    return attention;
  }
}
