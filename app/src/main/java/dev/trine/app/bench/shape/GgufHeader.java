/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.bench.shape;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.List;

/** The part of a GGUF file before its tensors' data: magic, keys and values, and where each tensor is. */
final class GgufHeader {

  /** Tensors begin at multiples of this, from the beginning of the data on. */
  static final int ALIGNMENT = 32;

  private static final int VERSION = 3;
  private static final int UINT32 = 4;
  private static final int INT32 = 5;
  private static final int FLOAT32 = 6;
  private static final int STRING = 8;
  private static final int ARRAY = 9;

  private final ByteArrayOutputStream pairs = new ByteArrayOutputStream();
  private int pairCount;

  void string(String key, String value) {
    begin(key, STRING).writeBytes(bytes(value));
  }

  void uint32(String key, int value) {
    begin(key, UINT32).writeBytes(number(4).putInt(value).array());
  }

  void float32(String key, double value) {
    begin(key, FLOAT32).writeBytes(number(4).putFloat((float) value).array());
  }

  void strings(String key, Collection<String> values) {
    ByteArrayOutputStream out = begin(key, ARRAY);
    out.writeBytes(number(12).putInt(STRING).putLong(values.size()).array());
    values.forEach(value -> out.writeBytes(bytes(value)));
  }

  void int32s(String key, int[] values) {
    ByteArrayOutputStream out = begin(key, ARRAY);
    out.writeBytes(number(12).putInt(INT32).putLong(values.length).array());
    for (int value : values) {
      out.writeBytes(number(4).putInt(value).array());
    }
  }

  private ByteArrayOutputStream begin(String key, int type) {
    pairCount++;
    pairs.writeBytes(bytes(key));
    pairs.writeBytes(number(4).putInt(type).array());
    return pairs;
  }

  /** The bytes, padded so that the first tensor may follow. */
  byte[] bytes(List<TensorPlan> tensors) {
    var out = new ByteArrayOutputStream();
    out.writeBytes("GGUF".getBytes(StandardCharsets.US_ASCII));
    out.writeBytes(number(20).putInt(VERSION).putLong(tensors.size()).putLong(pairCount).array());
    out.writeBytes(pairs.toByteArray());
    long offset = 0;
    for (TensorPlan tensor : tensors) {
      boolean vector = tensor.rows() == 1;
      out.writeBytes(bytes(tensor.name()));
      out.writeBytes(number(12).putInt(vector ? 1 : 2).putLong(tensor.cols()).array());
      if (!vector) {
        out.writeBytes(number(8).putLong(tensor.rows()).array());
      }
      out.writeBytes(number(12).putInt(tensor.content().ggmlType).putLong(offset).array());
      offset = aligned(offset + tensor.sizeBytes());
    }
    out.writeBytes(new byte[(int) (aligned(out.size()) - out.size())]);
    return out.toByteArray();
  }

  static long aligned(long position) {
    return Math.ceilDiv(position, ALIGNMENT) * ALIGNMENT;
  }

  private static byte[] bytes(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(8 + utf8.length).order(ByteOrder.LITTLE_ENDIAN).putLong(utf8.length).put(utf8).array();
  }

  private static ByteBuffer number(int length) {
    return ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
  }
}
