/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.format;

import java.util.Locale;

/** The types of GGUF metadata values; the ordinal is the id in the file. */
enum GgufValueType {
  UINT8(1),
  INT8(1),
  UINT16(2),
  INT16(2),
  UINT32(4),
  INT32(4),
  FLOAT32(4),
  BOOL(1),
  STRING(8),
  ARRAY(12),
  UINT64(8),
  INT64(8),
  FLOAT64(8);

  private static final GgufValueType[] BY_ID = values();

  private final int minimumBytes;

  GgufValueType(int minimumBytes) {
    this.minimumBytes = minimumBytes;
  }

  static boolean isId(int id) {
    return id >= 0 && id < BY_ID.length;
  }

  static GgufValueType ofId(int id) {
    return BY_ID[id];
  }

  /** Bytes of a value: all of them for plain types, those of the empty value for strings and arrays. */
  int minimumBytes() {
    return minimumBytes;
  }

  boolean isPlain() {
    return this != STRING && this != ARRAY;
  }

  boolean isInteger() {
    return switch (this) {
      case UINT8, INT8, UINT16, INT16, UINT32, INT32, UINT64, INT64 -> true;
      case FLOAT32, FLOAT64, BOOL, STRING, ARRAY -> false;
    };
  }

  String displayName() {
    return name().toLowerCase(Locale.ROOT);
  }
}
