/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.format;

import dev.trine.api.PlatformException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The key-value pairs of a GGUF file. Values are decoded when asked for, each time anew. A getter without a fallback
 * requires its key; every getter refuses a value of another type. All refusals are {@code MODEL_INVALID} and name the file,
 * the key, what it holds and what was expected.
 */
public final class GgufMetadata {

  private final Path path;
  private final MemorySegment file;
  private final Map<String, GgufValue> values;

  GgufMetadata(Path path, MemorySegment file, Map<String, GgufValue> values) {
    this.path = path;
    this.file = file;
    this.values = Collections.unmodifiableMap(values);
  }

  /** All keys, in the order of the file. */
  public Set<String> keys() {
    return values.keySet();
  }

  /** Whether the key is there, whatever it holds. */
  public boolean contains(String key) {
    return values.containsKey(key);
  }

  /** Whether the key is there and holds an array. */
  public boolean isArray(String key) {
    GgufValue value = values.get(key);
    return value != null && value.type() == GgufValueType.ARRAY;
  }

  /** A string, which must be UTF-8. */
  public String string(String key) {
    GgufValue value = require(key);
    if (value.type() != GgufValueType.STRING) {
      throw wrongType(key, value, "a string");
    }
    return GgufCursor.utf8(path, name(key), GgufCursor.bytes(file, value.offset(), (int) value.count()));
  }

  /** As {@link #string(String)}, but a key that is not there stands for {@code fallback}. */
  public String string(String key, String fallback) {
    return contains(key) ? string(key) : fallback;
  }

  /** A whole number of any integer type, from 0 to 2^63 - 1. */
  public long uint(String key) {
    GgufValue value = require(key);
    if (!value.type().isInteger()) {
      throw wrongType(key, value, "a whole number");
    }
    long number = integer(value.type(), value.offset());
    if (number < 0) {
      throw FormatErrors.invalid(path, name(key) + " is "
          + (value.type() == GgufValueType.UINT64 ? Long.toUnsignedString(number) : Long.toString(number))
          + ", expected 0 to 2^63 - 1");
    }
    return number;
  }

  /** As {@link #uint(String)}, but a key that is not there stands for {@code fallback}. */
  public long uint(String key, long fallback) {
    return contains(key) ? uint(key) : fallback;
  }

  /** A whole number of any integer type in a range, both ends included, with {@code minimum >= 0}. */
  public int uint(String key, int minimum, int maximum) {
    long number = uint(key);
    if (number < minimum || number > maximum) {
      throw FormatErrors.invalid(path, name(key) + " is " + number + ", expected " + minimum + " to " + maximum);
    }
    return (int) number;
  }

  /** A floating-point number, single or double, or a whole number from 0. */
  public double number(String key) {
    GgufValue value = require(key);
    if (value.type().isInteger()) {
      return uint(key);
    }
    return floating(key, value, value.type(), value.offset());
  }

  /** As {@link #number(String)}, but a key that is not there stands for {@code fallback}. */
  public double number(String key, double fallback) {
    return contains(key) ? number(key) : fallback;
  }

  /** A bool, which must be 0 or 1. */
  public boolean bool(String key) {
    GgufValue value = require(key);
    if (value.type() != GgufValueType.BOOL) {
      throw wrongType(key, value, "a bool");
    }
    byte bool = file.get(ValueLayout.JAVA_BYTE, value.offset());
    if (bool != 0 && bool != 1) {
      throw FormatErrors.invalid(path, name(key) + " is the bool " + (bool & 0xFF) + ", expected 0 or 1");
    }
    return bool == 1;
  }

  /** As {@link #bool(String)}, but a key that is not there stands for {@code fallback}. */
  public boolean bool(String key, boolean fallback) {
    return contains(key) ? bool(key) : fallback;
  }

  /** Number of elements of an array, of whatever type. */
  public int arrayLength(String key) {
    GgufValue value = require(key);
    if (value.type() != GgufValueType.ARRAY) {
      throw wrongType(key, value, "an array");
    }
    return (int) value.count();
  }

  /** An array of strings, byte for byte: the texts of tokens need not be UTF-8. */
  public List<byte[]> byteStringArray(String key) {
    GgufValue array = requireArray(key, "an array of strings", GgufValueType.STRING);
    var cursor = new GgufCursor(path, file, array.offset());
    List<byte[]> strings = new ArrayList<>((int) array.count());
    for (long i = 0; i < array.count(); i++) {
      int length = cursor.skipString(key, Integer.MAX_VALUE);
      strings.add(GgufCursor.bytes(file, cursor.position() - length, length));
    }
    return strings;
  }

  /** An array of strings, which must be UTF-8. */
  public List<String> stringArray(String key) {
    List<byte[]> texts = byteStringArray(key);
    List<String> strings = new ArrayList<>(texts.size());
    for (byte[] text : texts) {
      strings.add(GgufCursor.utf8(path, name(key) + " element " + strings.size(), text));
    }
    return strings;
  }

  /** An array of floating-point numbers, single or double; doubles are rounded. */
  public float[] floatArray(String key) {
    GgufValue array = requireArray(key, "an array of floating-point numbers", GgufValueType.FLOAT32,
        GgufValueType.FLOAT64);
    float[] numbers = new float[(int) array.count()];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = (float) floating(key, array, array.elementType(), elementOffset(array, i));
    }
    return numbers;
  }

  /** An array of whole numbers of any integer type, each of which must fit 32 bits with a sign. */
  public int[] intArray(String key) {
    GgufValue array = requireArray(key, "an array of whole numbers", GgufValueType.UINT8, GgufValueType.INT8,
        GgufValueType.UINT16, GgufValueType.INT16, GgufValueType.UINT32, GgufValueType.INT32, GgufValueType.UINT64,
        GgufValueType.INT64);
    int[] numbers = new int[(int) array.count()];
    for (int i = 0; i < numbers.length; i++) {
      long number = integer(array.elementType(), elementOffset(array, i));
      if (number != (int) number) {
        throw FormatErrors.invalid(path,
            name(key) + " element " + i + " is " + number + ", expected a number of 32 bits with a sign");
      }
      numbers[i] = (int) number;
    }
    return numbers;
  }

  private static long elementOffset(GgufValue array, int index) {
    return array.offset() + (long) index * array.elementType().minimumBytes();
  }

  /** The undecoded value of a key that must be there. */
  GgufValue require(String key) {
    GgufValue value = values.get(key);
    if (value == null) {
      throw FormatErrors.invalid(path, name(key) + " is missing");
    }
    return value;
  }

  private GgufValue requireArray(String key, String expected, GgufValueType... elementTypes) {
    GgufValue value = require(key);
    if (value.type() != GgufValueType.ARRAY || !List.of(elementTypes).contains(value.elementType())) {
      throw wrongType(key, value, expected);
    }
    return value;
  }

  private double floating(String key, GgufValue value, GgufValueType type, long offset) {
    if (type == GgufValueType.FLOAT32) {
      return file.get(LittleEndian.FLOAT, offset);
    }
    if (type == GgufValueType.FLOAT64) {
      return file.get(LittleEndian.DOUBLE, offset);
    }
    throw wrongType(key, value, "a number");
  }

  private long integer(GgufValueType type, long offset) {
    return switch (type) {
      case UINT8, BOOL -> file.get(ValueLayout.JAVA_BYTE, offset) & 0xFF;
      case INT8 -> file.get(ValueLayout.JAVA_BYTE, offset);
      case UINT16 -> Short.toUnsignedInt(file.get(LittleEndian.SHORT, offset));
      case INT16 -> file.get(LittleEndian.SHORT, offset);
      case UINT32 -> Integer.toUnsignedLong(file.get(LittleEndian.INT, offset));
      case INT32 -> file.get(LittleEndian.INT, offset);
      case UINT64, INT64 -> file.get(LittleEndian.LONG, offset);
      case FLOAT32, FLOAT64, STRING, ARRAY -> throw new IllegalArgumentException(type.displayName());
    };
  }

  private PlatformException wrongType(String key, GgufValue value, String expected) {
    return FormatErrors.invalid(path, name(key) + " is " + value.describe() + ", expected " + expected);
  }

  private static String name(String key) {
    return "key " + FormatErrors.quote(key);
  }
}
