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
import java.util.Arrays;
import java.util.OptionalLong;
import java.util.StringJoiner;

/** Writes safetensors files for tests: right ones, and with a raw header or a false length, wrong ones. */
public final class SafetensorsBuilder {

  private final StringJoiner metadata = new StringJoiner(",", "{", "}");
  private final StringJoiner entries = new StringJoiner(",");
  private final ByteArrayOutputStream data = new ByteArrayOutputStream();
  private boolean hasMetadata;
  private byte[] header = {};
  private OptionalLong headerLength = OptionalLong.empty();

  /** Adds a string to {@code __metadata__}; neither may need escapes. */
  public SafetensorsBuilder metadata(String key, String value) {
    metadata.add("\"" + key + "\":\"" + value + "\"");
    hasMetadata = true;
    return this;
  }

  /** Adds a tensor behind the ones before it; its bytes need not fit the shape. */
  public SafetensorsBuilder tensor(String name, String dtype, long[] shape, byte[] bytes) {
    return entry(name, dtype, Arrays.toString(shape), data.size(), data.size() + (long) bytes.length).bytes(bytes);
  }

  /** Adds a tensor of type F32. */
  public SafetensorsBuilder floats(String name, long[] shape, float... values) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : values) {
      bytes.putFloat(value);
    }
    return tensor(name, "F32", shape, bytes.array());
  }

  /** Adds the description of a tensor without its bytes; the shape is JSON. */
  public SafetensorsBuilder entry(String name, String dtype, String shape, long begin, long end) {
    entries.add("\"" + name + "\":{\"dtype\":\"" + dtype + "\",\"shape\":" + shape + ",\"data_offsets\":[" + begin + ","
        + end + "]}");
    return this;
  }

  /** Adds bytes that no description mentions. */
  public SafetensorsBuilder bytes(byte[] bytes) {
    data.writeBytes(bytes);
    return this;
  }

  /** Replaces the header. */
  public SafetensorsBuilder header(String json) {
    return header(json.getBytes(StandardCharsets.UTF_8));
  }

  /** Replaces the header with bytes that need not be UTF-8. */
  public SafetensorsBuilder header(byte[] json) {
    this.header = json.clone();
    return this;
  }

  public SafetensorsBuilder lieHeaderLength(long length) {
    this.headerLength = OptionalLong.of(length);
    return this;
  }

  /** The bytes of the file. */
  public byte[] build() {
    byte[] json = header;
    if (json.length == 0) {
      String text = "{" + (hasMetadata ? "\"__metadata__\":" + metadata + (entries.length() > 0 ? "," : "") : "")
          + entries
          + "}";
      json = text.getBytes(StandardCharsets.UTF_8);
    }
    byte[] bytes = data.toByteArray();
    return ByteBuffer.allocate(8 + json.length + bytes.length).order(ByteOrder.LITTLE_ENDIAN)
        .putLong(headerLength.orElse(json.length)).put(json).put(bytes).array();
  }

  /** Writes the file and returns its path. */
  public Path write(Path path) {
    try {
      return Files.write(path, build());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
