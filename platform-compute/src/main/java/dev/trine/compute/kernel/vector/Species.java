/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.kernel.vector;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/** Vector shapes of this machine, apart from the classes that must load without the vector module. */
final class Species {

  private static final int WIDEST_BITS = 512;

  /** Width of the vectors below: what the machine prefers, at most 512 bits. */
  static final int BITS = Math.min(WIDEST_BITS, VectorShape.preferredShape().vectorBitSize());

  /** {@link #BITS} in bytes. */
  static final int BYTES = BITS / Byte.SIZE;

  private static final VectorShape SHAPE = VectorShape.forBitSize(BITS);

  static final VectorSpecies<Short> SHORT = VectorSpecies.of(short.class, SHAPE);
  static final VectorSpecies<Integer> INT = VectorSpecies.of(int.class, SHAPE);
  static final VectorSpecies<Float> FLOAT = VectorSpecies.of(float.class, SHAPE);
  static final VectorSpecies<Double> DOUBLE = VectorSpecies.of(double.class, SHAPE);

  /** Floats in a vector. */
  static final int LANES = FLOAT.length();

  /** Whether there is a shape with as many bytes as {@link #FLOAT} has floats: not so at 128 bits. */
  static final boolean WIDE = LANES >= 8;

  /** As many shorts as {@link #FLOAT} has floats. */
  static final VectorSpecies<Short> SHORT_LANES = VectorSpecies.of(short.class, VectorShape.forBitSize(BITS / 2));

  /** As many bytes as {@link #FLOAT} has floats, when {@link #WIDE}. */
  static final VectorSpecies<Byte> BYTE_LANES = WIDE
      ? VectorSpecies.of(byte.class, VectorShape.forBitSize(BITS / 4))
      : ByteVector.SPECIES_64;

  /** As many bytes as {@link #SHORT} has shorts. */
  static final VectorSpecies<Byte> BYTE_HALF = VectorSpecies.of(byte.class, VectorShape.forBitSize(BITS / 2));

  /** Shorts in which codes of less than a byte are unpacked, at most 16 of them, since many blocks have runs of 16 bytes. */
  static final VectorSpecies<Short> SHORT_CODES = VectorSpecies.of(short.class,
      VectorShape.forBitSize(Math.min(BITS, 256)));

  /** As many bytes as {@link #SHORT_CODES} has shorts. */
  static final VectorSpecies<Byte> BYTE_CODES = VectorSpecies.of(byte.class,
      VectorShape.forBitSize(Math.min(BITS, 256) / 2));

  /** 512-bit shapes, for kernels that exist at that width only. */
  static final VectorSpecies<Byte> BYTE_512 = ByteVector.SPECIES_512;
  static final VectorSpecies<Byte> BYTE_256 = ByteVector.SPECIES_256;
  static final VectorSpecies<Short> SHORT_512 = ShortVector.SPECIES_512;
  static final VectorSpecies<Integer> INT_512 = IntVector.SPECIES_512;

  /**
   * The class of vectors of {@link #SHORT}, to cast to. The compiler does not know the class of a vector that was loaded or that a loop carries
   * along, but guesses it from what it has seen in the whole process. Where that was several classes, or nothing yet when it compiled, operations
   * on it allocate their results, each time. Behind a cast it knows the class, and that of results. A cast costs nothing; worth while for what
   * an inner loop loads, and for what it carries along and calls an operation of: an argument need not be known.
   */
  static final Class<? extends ShortVector> SHORTS = SHORT.vectorType().asSubclass(ShortVector.class);
  /** The class of vectors of {@link #INT}; see {@link #SHORTS}. */
  static final Class<? extends IntVector> INTS = INT.vectorType().asSubclass(IntVector.class);
  /** The class of vectors of {@link #FLOAT}; see {@link #SHORTS}. */
  static final Class<? extends FloatVector> FLOATS = FLOAT.vectorType().asSubclass(FloatVector.class);
  /** The class of vectors of {@link #SHORT_512}; see {@link #SHORTS}. */
  static final Class<? extends ShortVector> SHORTS_512 = SHORT_512.vectorType().asSubclass(ShortVector.class);
  /** The class of vectors of {@link #INT_512}; see {@link #SHORTS}. */
  static final Class<? extends IntVector> INTS_512 = INT_512.vectorType().asSubclass(IntVector.class);

  /** The classes of vectors that are only loaded to be converted; see {@link #SHORTS}. */
  static final Class<? extends ByteVector> HALF_BYTES = BYTE_HALF.vectorType().asSubclass(ByteVector.class);
  static final Class<? extends ByteVector> LANE_BYTES = BYTE_LANES.vectorType().asSubclass(ByteVector.class);
  static final Class<? extends ByteVector> CODE_BYTES = BYTE_CODES.vectorType().asSubclass(ByteVector.class);
  static final Class<? extends ShortVector> LANE_SHORTS = SHORT_LANES.vectorType().asSubclass(ShortVector.class);

  private Species() {}
}
