/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.format;

import dev.trine.api.PlatformException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * One GGUF file, version 2 or 3: a header, key-value pairs, descriptions of the tensors, and their data.
 *
 * <p>Format: <a href="https://github.com/ggml-org/ggml/blob/master/docs/gguf.md">GGUF specification</a>.
 */
record GgufFile(GgufMetadata metadata, List<Tensor> tensors) {

  private static final int HEADER_BYTES = 24;
  private static final int MAX_TENSORS = 65_535;
  private static final int MAX_KEYS = 65_535;
  private static final int MAX_KEY_BYTES = 1_024;
  private static final int MAX_NAME_BYTES = 1_024;
  private static final int MAX_STRING_BYTES = 64 << 20;
  private static final int MAX_ARRAY_ELEMENTS = 1 << 22;
  private static final int MAX_ARRAY_BYTES = 128 << 20;
  private static final int MAX_ARRAY_DEPTH = 4;
  private static final int MAX_DIMENSIONS = 4;
  private static final int MIN_ALIGNMENT = 8;
  private static final int MAX_ALIGNMENT = 1 << 16;
  private static final int DEFAULT_ALIGNMENT = 32;
  /** Key length, type, and one byte of value. */
  private static final int MIN_KEY_VALUE_BYTES = 13;
  /** Name length, number of dimensions, one dimension, type and offset. */
  private static final int MIN_TENSOR_BYTES = 32;

  static GgufFile open(Path path, Arena arena) {
    return new Reader(path, MappedFile.map(path, arena)).read();
  }

  /** The description of one tensor. The offset counts from the beginning of the data. */
  private record Entry(String name, TensorType type, Shape shape, long offset) {

    String label() {
      return "tensor " + FormatErrors.quote(name);
    }

    long bytes() {
      return type.byteSize(shape.elementCount());
    }

    Entry as(TensorType otherType) {
      return new Entry(name, otherType, shape, offset);
    }
  }

  private static final class Reader {

    private final Path path;
    private final MemorySegment file;
    private final GgufCursor cursor;

    Reader(Path path, MemorySegment file) {
      this.path = path;
      this.file = file;
      this.cursor = new GgufCursor(path, file, 0);
    }

    GgufFile read() {
      readMagicAndVersion();
      int tensorCount = cursor.count("the number of tensors", MAX_TENSORS, MIN_TENSOR_BYTES);
      int keyCount = cursor.count("the number of keys", MAX_KEYS, MIN_KEY_VALUE_BYTES);
      var metadata = new GgufMetadata(path, file, readKeyValues(keyCount));
      String architecture = metadata.string("general.architecture", "");
      int alignment = alignment(metadata);

      List<Entry> entries = new ArrayList<>(tensorCount);
      Set<String> names = new HashSet<>();
      for (int i = 0; i < tensorCount; i++) {
        Entry entry = readEntry(i, architecture, alignment);
        if (!names.add(entry.name)) {
          throw FormatErrors.invalid(path, entry.label() + " is described twice");
        }
        entries.add(entry);
      }
      long dataStart = roundUp(cursor.position(), alignment);
      MemorySegment data = dataStart < file.byteSize() ? file.asSlice(dataStart) : MemorySegment.NULL;
      entries = withGroupSizes(entries, data.byteSize(), alignment);
      checkPlaces(entries, data.byteSize());
      return new GgufFile(metadata, entries.stream().map(entry -> new Tensor(entry.name, entry.type, entry.shape,
          data.asSlice(entry.offset, entry.bytes()), path)).toList());
    }

    private void readMagicAndVersion() {
      if (file.byteSize() < HEADER_BYTES) {
        throw FormatErrors.invalid(path, "is " + file.byteSize() + " bytes long, expected at least " + HEADER_BYTES
            + " for the header of a GGUF file");
      }
      byte[] magic = GgufCursor.bytes(file, 0, Integer.BYTES);
      if (!new String(magic, StandardCharsets.ISO_8859_1).equals("GGUF")) {
        throw FormatErrors.invalid(path, "begins with "
            + FormatErrors.quote(new String(magic, StandardCharsets.ISO_8859_1)) + ", expected 'GGUF'");
      }
      cursor.skip(Integer.BYTES, "the magic");
      int version = cursor.int32("the version");
      if (version == 2 || version == 3) {
        return;
      }
      int swapped = Integer.reverseBytes(version);
      if (swapped > 0 && swapped <= 3) {
        throw FormatErrors.unsupported(path, "is a big-endian GGUF file, expected a little-endian one");
      }
      throw FormatErrors.unsupported(path,
          "has GGUF version " + Integer.toUnsignedString(version) + ", expected 2 or 3");
    }

    private Map<String, GgufValue> readKeyValues(int count) {
      Map<String, GgufValue> values = new LinkedHashMap<>();
      for (int i = 0; i < count; i++) {
        String key = cursor.string("key " + i, MAX_KEY_BYTES);
        if (values.put(key, readValue("key " + FormatErrors.quote(key))) != null) {
          throw FormatErrors.invalid(path, "key " + FormatErrors.quote(key) + " is there twice");
        }
      }
      return values;
    }

    private GgufValue readValue(String what) {
      GgufValueType type = cursor.valueType(what);
      if (type == GgufValueType.ARRAY) {
        return readArray(what, 1);
      }
      if (type == GgufValueType.STRING) {
        int length = cursor.skipString(what, MAX_STRING_BYTES);
        return new GgufValue(type, type, cursor.position() - length, length);
      }
      long offset = cursor.position();
      cursor.skip(type.minimumBytes(), what);
      return new GgufValue(type, type, offset, 1);
    }

    private GgufValue readArray(String what, int depth) {
      if (depth > MAX_ARRAY_DEPTH) {
        throw FormatErrors.invalid(path, what + " has arrays nested more than " + MAX_ARRAY_DEPTH + " deep");
      }
      GgufValueType elementType = cursor.valueType(what);
      int count = cursor.count("the array length of " + what, MAX_ARRAY_ELEMENTS, elementType.minimumBytes());
      long offset = cursor.position();
      if (elementType.isPlain()) {
        cursor.skip((long) count * elementType.minimumBytes(), what);
      } else {
        for (int i = 0; i < count; i++) {
          if (elementType == GgufValueType.STRING) {
            cursor.skipString(what, MAX_STRING_BYTES);
          } else {
            readArray(what, depth + 1);
          }
        }
      }
      if (cursor.position() - offset > MAX_ARRAY_BYTES) {
        throw FormatErrors.invalid(path, what + " takes " + (cursor.position() - offset) + " bytes, expected at most "
            + MAX_ARRAY_BYTES + " for an array");
      }
      return new GgufValue(GgufValueType.ARRAY, elementType, offset, count);
    }

    private int alignment(GgufMetadata metadata) {
      long alignment = metadata.uint("general.alignment", DEFAULT_ALIGNMENT);
      if (alignment < MIN_ALIGNMENT || alignment > MAX_ALIGNMENT || Long.bitCount(alignment) != 1) {
        throw FormatErrors.invalid(path, "key 'general.alignment' is " + alignment + ", expected a power of two from "
            + MIN_ALIGNMENT + " to " + MAX_ALIGNMENT);
      }
      return (int) alignment;
    }

    private Entry readEntry(int index, String architecture, int alignment) {
      String name = cursor.string("the name of tensor " + index, MAX_NAME_BYTES);
      String what = "tensor " + FormatErrors.quote(name);
      if (name.isEmpty()) {
        throw FormatErrors.invalid(path, "tensor " + index + " has an empty name");
      }
      Shape shape = readShape(what);
      TensorType type = readType(what, architecture);
      long offset = cursor.int64(what);
      checkBlocks(what, type, shape);
      if (offset < 0 || offset % alignment != 0) {
        throw FormatErrors.invalid(path, what + " has offset " + Long.toUnsignedString(offset)
            + ", expected a multiple of the alignment " + alignment);
      }
      return new Entry(name, type, shape, offset);
    }

    private Shape readShape(String what) {
      int dimensionCount = cursor.int32(what);
      if (dimensionCount < 1 || dimensionCount > MAX_DIMENSIONS) {
        throw FormatErrors.invalid(path, what + " has " + Integer.toUnsignedString(dimensionCount)
            + " dimensions, expected 1 to " + MAX_DIMENSIONS);
      }
      long[] dimensions = new long[dimensionCount];
      for (int i = dimensionCount - 1; i >= 0; i--) {
        dimensions[i] = cursor.int64(what);
        if (dimensions[i] < 1) {
          throw FormatErrors.invalid(path, what + " has a dimension of " + Long.toUnsignedString(dimensions[i])
              + ", expected 1 to 2^63 - 1");
        }
      }
      try {
        return new Shape(dimensions);
      } catch (ArithmeticException e) {
        throw FormatErrors.invalid(path, what + " has more values than fit 63 bits");
      }
    }

    private TensorType readType(String what, String architecture) {
      int id = cursor.int32(what);
      TensorType type = TensorType.ofGgmlId(id, architecture)
          .orElseThrow(() -> FormatErrors.unsupported(path,
              what + " has type id " + Integer.toUnsignedString(id) + ", which is not known"));
      if (!type.hasKnownLayout()) {
        throw FormatErrors.unsupported(path, what + " has type " + type.displayName()
            + ", whose tile sizes are not in the file; convert the model to I2_S or use its safetensors");
      }
      return type;
    }

    private void checkBlocks(String what, TensorType type, Shape shape) {
      // I2_S cuts the tensor as a whole into blocks, all other types each row.
      long length = type == TensorType.I2_S ? shape.elementCount() : shape.cols();
      if (length % type.blockElements() != 0) {
        throw FormatErrors.invalid(path,
            what + " has " + (type == TensorType.I2_S ? length + " values" : "rows of " + length + " values")
                + ", expected a multiple of " + type.blockElements() + ", the block of " + type.displayName());
      }
      try {
        type.byteSize(shape.elementCount());
      } catch (ArithmeticException e) {
        throw FormatErrors.invalid(path, what + " has a size in bytes that does not fit 63 bits");
      }
    }

    /**
     * Settles which group size id 42 stands for: officially 64, but 128 in files from before that was settled. The places
     * of the tensors tell, because each ends where the next begins. When 64 fits no worse than 128, it is 64.
     */
    private static List<Entry> withGroupSizes(List<Entry> entries, long dataBytes, int alignment) {
      boolean official = true;
      boolean legacy = true;
      List<Entry> sorted = sortedByOffset(entries);
      for (int i = 0; i < sorted.size(); i++) {
        Entry entry = sorted.get(i);
        if (entry.type == TensorType.Q2_0) {
          long end = i + 1 < sorted.size() ? sorted.get(i + 1).offset : dataBytes;
          official &= fills(entry, end - entry.offset, alignment);
          legacy &= entry.shape.cols() % TensorType.Q2_0_G128.blockElements() == 0
              && fills(entry.as(TensorType.Q2_0_G128), end - entry.offset, alignment);
        }
      }
      if (official || !legacy) {
        return entries;
      }
      return entries.stream()
          .map(entry -> entry.type == TensorType.Q2_0 ? entry.as(TensorType.Q2_0_G128) : entry).toList();
    }

    private static boolean fills(Entry entry, long available, int alignment) {
      return available >= entry.bytes() && available - entry.bytes() < alignment;
    }

    /** Every tensor must lie inside the file, and no two may share a byte. */
    private void checkPlaces(List<Entry> entries, long dataBytes) {
      long end = 0;
      for (Entry entry : sortedByOffset(entries)) {
        if (entry.offset > dataBytes || entry.bytes() > dataBytes - entry.offset) {
          throw misplaced(entry, "but the file has only " + dataBytes + " bytes of data");
        }
        if (entry.offset < end) {
          throw misplaced(entry, "which overlaps the tensor before it, that ends at " + end);
        }
        end = entry.offset + entry.bytes();
      }
    }

    private PlatformException misplaced(Entry entry, String why) {
      return FormatErrors.invalid(path, entry.label() + " " + entry.type.displayName() + " " + entry.shape + " takes "
          + entry.bytes() + " bytes from offset " + entry.offset + ", " + why);
    }

    private static List<Entry> sortedByOffset(List<Entry> entries) {
      return entries.stream().sorted(Comparator.comparingLong(Entry::offset)).toList();
    }

    private static long roundUp(long position, int alignment) {
      return (position + alignment - 1) & -(long) alignment;
    }
  }
}
