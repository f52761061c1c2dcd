/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.tck.files;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** Writes GGUF files for tests: right ones, and with the methods whose names begin with {@code lie…}, wrong ones. */
public final class GgufBuilder {

  private static final int UINT8 = 0;
  private static final int UINT32 = 4;
  private static final int INT32 = 5;
  private static final int FLOAT32 = 6;
  private static final int BOOL = 7;
  private static final int STRING = 8;
  private static final int ARRAY = 9;
  private static final int UINT64 = 10;

  private final List<byte[]> keyValues = new ArrayList<>();
  private final List<TensorEntry> tensors = new ArrayList<>();
  private int version = 3;
  private int alignment = 32;
  private OptionalLong tensorCount = OptionalLong.empty();
  private OptionalLong keyCount = OptionalLong.empty();

  private static final class TensorEntry {
    private final String name;
    private final int type;
    private final long[] dimensions;
    private final byte[] data;
    private OptionalLong offset = OptionalLong.empty();
    private OptionalInt dimensionCount = OptionalInt.empty();

    TensorEntry(String name, int type, long[] dimensions, byte[] data) {
      this.name = name;
      this.type = type;
      this.dimensions = dimensions;
      this.data = data;
    }
  }

  public GgufBuilder version(int number) {
    this.version = number;
    return this;
  }

  /** Sets the alignment of tensors and the key that tells it. */
  public GgufBuilder alignment(int bytes) {
    this.alignment = bytes;
    return uint32("general.alignment", bytes);
  }

  public GgufBuilder string(String key, String value) {
    return value(key, STRING, stringBytes(utf8(value)));
  }

  public GgufBuilder uint8(String key, int value) {
    return value(key, UINT8, new byte[]{(byte) value});
  }

  public GgufBuilder uint32(String key, int value) {
    return value(key, UINT32, bytes(4).putInt(value).array());
  }

  public GgufBuilder int32(String key, int value) {
    return value(key, INT32, bytes(4).putInt(value).array());
  }

  public GgufBuilder uint64(String key, long value) {
    return value(key, UINT64, bytes(8).putLong(value).array());
  }

  public GgufBuilder float32(String key, float value) {
    return value(key, FLOAT32, bytes(4).putFloat(value).array());
  }

  public GgufBuilder bool(String key, boolean value) {
    return value(key, BOOL, new byte[]{(byte) (value ? 1 : 0)});
  }

  public GgufBuilder strings(String key, List<String> values) {
    return byteStrings(key, values.stream().map(GgufBuilder::utf8).toList());
  }

  public GgufBuilder byteStrings(String key, List<byte[]> values) {
    var elements = new ByteArrayOutputStream();
    values.forEach(value -> elements.writeBytes(stringBytes(value)));
    return array(key, STRING, values.size(), elements.toByteArray());
  }

  public GgufBuilder int32s(String key, int... values) {
    ByteBuffer elements = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    for (int value : values) {
      elements.putInt(value);
    }
    return array(key, INT32, values.length, elements.array());
  }

  public GgufBuilder float32s(String key, float... values) {
    ByteBuffer elements = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : values) {
      elements.putFloat(value);
    }
    return array(key, FLOAT32, values.length, elements.array());
  }

  /** An array of which type, length and elements need not agree. */
  public GgufBuilder array(String key, int elementType, long count, byte[] elements) {
    return value(key, ARRAY, arrayBytes(elementType, count, elements));
  }

  /** What follows the type in the file: element type, length and elements of an array. */
  public static byte[] arrayBytes(int elementType, long count, byte[] elements) {
    return bytes(12 + elements.length).putInt(elementType).putLong(count).put(elements).array();
  }

  /** A value of which type and bytes need not agree. */
  public GgufBuilder value(String key, int type, byte[] value) {
    return value(utf8(key), type, value);
  }

  /** A value under a key that need not be UTF-8. */
  public GgufBuilder value(byte[] key, int type, byte[] value) {
    keyValues
        .add(bytes(8 + key.length + 4 + value.length).putLong(key.length).put(key).putInt(type).put(value).array());
    return this;
  }

  /**
   * Adds a tensor.
   *
   * @param type ggml's id
   * @param dimensions row-major, slowest first, as tensors are written down
   * @param data its bytes, which need not fit the shape
   */
  public GgufBuilder tensor(String name, int type, long[] dimensions, byte[] data) {
    tensors.add(new TensorEntry(name, type, dimensions.clone(), data.clone()));
    return this;
  }

  /** Adds a tensor of type F32. */
  public GgufBuilder floats(String name, long[] dimensions, float... values) {
    ByteBuffer data = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : values) {
      data.putFloat(value);
    }
    return tensor(name, 0, dimensions, data.array());
  }

  /** Gives the tensor that was added last another offset. */
  public GgufBuilder lieOffset(long offset) {
    tensors.getLast().offset = OptionalLong.of(offset);
    return this;
  }

  /** Gives the tensor that was added last another number of dimensions. */
  public GgufBuilder lieDimensionCount(int count) {
    tensors.getLast().dimensionCount = OptionalInt.of(count);
    return this;
  }

  public GgufBuilder lieTensorCount(long count) {
    this.tensorCount = OptionalLong.of(count);
    return this;
  }

  public GgufBuilder lieKeyCount(long count) {
    this.keyCount = OptionalLong.of(count);
    return this;
  }

  /** The bytes of the file. */
  public byte[] build() {
    var file = new ByteArrayOutputStream();
    file.writeBytes(utf8("GGUF"));
    file.writeBytes(bytes(20).putInt(version).putLong(tensorCount.orElse(tensors.size()))
        .putLong(keyCount.orElse(keyValues.size())).array());
    keyValues.forEach(file::writeBytes);
    long offset = 0;
    for (TensorEntry tensor : tensors) {
      file.writeBytes(describe(tensor, offset));
      offset = roundUp(offset + tensor.data.length);
    }
    pad(file);
    for (TensorEntry tensor : tensors) {
      file.writeBytes(tensor.data);
      pad(file);
    }
    return file.toByteArray();
  }

  /** Writes the file and returns its path. */
  public Path write(Path path) {
    try {
      return Files.write(path, build());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] describe(TensorEntry tensor, long offset) {
    ByteBuffer info = ByteBuffer.allocate(8 + utf8(tensor.name).length + 4 + 8 * tensor.dimensions.length + 12)
        .order(ByteOrder.LITTLE_ENDIAN);
    info.put(stringBytes(utf8(tensor.name))).putInt(tensor.dimensionCount.orElse(tensor.dimensions.length));
    for (int i = tensor.dimensions.length - 1; i >= 0; i--) {
      info.putLong(tensor.dimensions[i]);
    }
    info.putInt(tensor.type).putLong(tensor.offset.orElse(offset));
    return info.array();
  }

  private void pad(ByteArrayOutputStream file) {
    file.writeBytes(new byte[(int) (roundUp(file.size()) - file.size())]);
  }

  private long roundUp(long position) {
    return Math.ceilDiv(position, alignment) * alignment;
  }

  private static byte[] stringBytes(byte[] text) {
    return bytes(8 + text.length).putLong(text.length).put(text).array();
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static ByteBuffer bytes(int length) {
    return ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
  }
}
