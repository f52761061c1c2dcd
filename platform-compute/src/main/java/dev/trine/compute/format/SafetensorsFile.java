/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.format;

import dev.trine.api.PlatformException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One file of safetensors: a 64-bit header length, a JSON header, and the data of the tensors without gaps or overlaps, as
 * the format's README defines it.
 *
 * @param metadata the {@code __metadata__} strings
 * @param tensors in the order of the header
 */
record SafetensorsFile(Map<String, String> metadata, List<Tensor> tensors) {

  private static final int LENGTH_BYTES = 8;
  private static final long MAX_HEADER_BYTES = 100_000_000;
  private static final int MAX_TENSORS = 262_144;
  private static final int MAX_DIMENSIONS = 8;

  static SafetensorsFile open(Path path, Arena arena) {
    return new Reader(path, MappedFile.map(path, arena)).read();
  }

  /** What the header says of one tensor; positions count from the end of the header. */
  private record Entry(String name, TensorType type, Shape shape, long begin, long end) {}

  private static final class Reader {

    private final Path path;
    private final MemorySegment file;
    private final Map<String, String> metadata = new LinkedHashMap<>();
    private final List<Entry> entries = new ArrayList<>();

    Reader(Path path, MemorySegment file) {
      this.path = path;
      this.file = file;
    }

    SafetensorsFile read() {
      long headerBytes = headerBytes();
      readHeader(file.asSlice(LENGTH_BYTES, headerBytes));
      MemorySegment data = file.asSlice(LENGTH_BYTES + headerBytes);
      checkCoverage(data.byteSize());
      List<Tensor> tensors = new ArrayList<>(entries.size());
      for (Entry entry : entries) {
        tensors.add(new Tensor(entry.name, entry.type, entry.shape,
            data.asSlice(entry.begin, entry.end - entry.begin), path));
      }
      return new SafetensorsFile(metadata, tensors);
    }

    private long headerBytes() {
      if (file.byteSize() < LENGTH_BYTES + 2) {
        throw FormatErrors.invalid(path,
            "is " + file.byteSize() + " bytes long, too short for the header of a safetensors file");
      }
      long length = file.get(LittleEndian.LONG, 0);
      long available = file.byteSize() - LENGTH_BYTES;
      if (length < 2 || length > Math.min(MAX_HEADER_BYTES, available)) {
        throw FormatErrors.invalid(path,
            "the header length is " + Long.toUnsignedString(length) + ", expected 2 to "
                + Math.min(MAX_HEADER_BYTES, available)
                + " bytes; the file is truncated or is not a safetensors file");
      }
      if (file.get(ValueLayout.JAVA_BYTE, LENGTH_BYTES) != '{') {
        throw FormatErrors.invalid(path, "the header does not begin with '{'; this is not a safetensors file");
      }
      return length;
    }

    private void readHeader(MemorySegment header) {
      try (var json = new HeaderJson(path, header)) {
        json.beginObject("the header");
        for (String name = json.nextName(); name != null; name = json.nextName()) {
          if (name.equals("__metadata__")) {
            readMetadata(json);
          } else {
            entries.add(readEntry(json, name));
          }
          if (entries.size() > MAX_TENSORS) {
            throw FormatErrors.invalid(path, "the header has more than " + MAX_TENSORS + " tensors");
          }
        }
        json.end();
      }
    }

    private void readMetadata(HeaderJson json) {
      json.beginObject("__metadata__");
      for (String key = json.nextName(); key != null; key = json.nextName()) {
        metadata.put(key, json.string("__metadata__ " + FormatErrors.quote(key)));
      }
    }

    private Entry readEntry(HeaderJson json, String name) {
      String what = "tensor " + FormatErrors.quote(name);
      if (name.isEmpty()) {
        throw FormatErrors.invalid(path, "a tensor has an empty name");
      }
      String dtype = null;
      long[] shape = null;
      long[] offsets = null;
      json.beginObject(what);
      for (String field = json.nextName(); field != null; field = json.nextName()) {
        switch (field) {
          case "dtype" -> dtype = json.string(what + " dtype");
          case "shape" -> shape = sizes(json, what + " shape", MAX_DIMENSIONS);
          case "data_offsets" -> offsets = sizes(json, what + " data_offsets", 2);
          default -> json.skipValue();
        }
      }
      TensorType type = type(what, present(dtype, what, "dtype"));
      return entry(name, type, present(shape, what, "shape"), present(offsets, what, "data_offsets"));
    }

    private Entry entry(String name, TensorType type, long[] dimensions, long[] offsets) {
      String what = "tensor " + FormatErrors.quote(name);
      if (offsets.length != 2 || offsets[0] > offsets[1]) {
        throw FormatErrors.invalid(path,
            what + " has data_offsets " + Arrays.toString(offsets) + ", expected [begin, end]");
      }
      Shape shape;
      long bytes;
      try {
        shape = new Shape(dimensions);
        bytes = type.byteSize(shape.elementCount());
      } catch (ArithmeticException e) {
        throw FormatErrors.invalid(path, what + " has shape " + Arrays.toString(dimensions)
            + ", whose size in bytes does not fit 63 bits");
      }
      if (offsets[1] - offsets[0] != bytes) {
        throw FormatErrors.invalid(path,
            what + " has " + (offsets[1] - offsets[0]) + " bytes of data, expected " + bytes
                + " for " + type.displayName() + " " + shape);
      }
      return new Entry(name, type, shape, offsets[0], offsets[1]);
    }

    private TensorType type(String what, String dtype) {
      return TensorType.ofSafetensorsName(dtype).orElseThrow(() -> FormatErrors.unsupported(path,
          what + " has dtype " + FormatErrors.quote(dtype) + ", which is not known"));
    }

    private <T> T present(@Nullable T value, String what, String field) {
      if (value == null) {
        throw FormatErrors.invalid(path, what + " has no " + field);
      }
      return value;
    }

    private long[] sizes(HeaderJson json, String what, int limit) {
      json.beginArray(what);
      long[] values = new long[limit];
      int count = 0;
      for (long value = json.nextSize(what); value >= 0; value = json.nextSize(what)) {
        if (count == limit) {
          throw FormatErrors.invalid(path, what + " has more than " + limit + " numbers");
        }
        values[count++] = value;
      }
      return Arrays.copyOf(values, count);
    }

    /** The tensors must cover the data exactly: each begins where the one before ended, and the last ends the file. */
    private void checkCoverage(long dataBytes) {
      List<Entry> sorted = new ArrayList<>(entries);
      sorted.sort(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end));
      long covered = 0;
      for (Entry entry : sorted) {
        if (entry.end > dataBytes) {
          throw misplaced(entry, "but the file has only " + dataBytes + " bytes of data");
        }
        if (entry.begin < covered) {
          throw misplaced(entry, "which overlaps the tensor before it, that ends at " + covered);
        }
        if (entry.begin > covered) {
          throw misplaced(entry, "which leaves a gap after " + covered);
        }
        covered = entry.end;
      }
      if (covered != dataBytes) {
        throw FormatErrors.invalid(path, "the tensors end at byte " + covered + " of the data, expected its end at "
            + dataBytes + "; the file has bytes that belong to no tensor");
      }
    }

    private PlatformException misplaced(Entry entry, String why) {
      return FormatErrors.invalid(path, "tensor " + FormatErrors.quote(entry.name) + " has data_offsets [" + entry.begin
          + ", " + entry.end + "], " + why);
    }
  }
}
