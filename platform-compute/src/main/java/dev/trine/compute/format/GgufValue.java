/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.format;

/**
 * Where a metadata value is in its file; nothing is decoded until it is asked for, which keeps the vocabulary of a large
 * model cheap to pass over.
 *
 * @param type type of the value
 * @param elementType type of an array's elements; {@code type} itself for everything else
 * @param offset of the first byte of a plain value, a string's text or an array's first element
 * @param count bytes of a string, elements of an array, 1 for everything else
 */
record GgufValue(GgufValueType type, GgufValueType elementType, long offset, long count) {

  String describe() {
    return type == GgufValueType.ARRAY ? "an array of " + elementType.displayName() : "a " + type.displayName();
  }
}
