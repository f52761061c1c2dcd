/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.format;

import dev.trine.api.PlatformException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** A position in a mapped GGUF file that never leaves the file. */
final class GgufCursor {

  private final Path path;
  private final MemorySegment file;
  private long position;

  GgufCursor(Path path, MemorySegment file, long position) {
    this.path = path;
    this.file = file;
    this.position = position;
  }

  long position() {
    return position;
  }

  long remaining() {
    return file.byteSize() - position;
  }

  /** Passes over bytes that must be there. */
  void skip(long bytes, String what) {
    if (bytes < 0 || bytes > remaining()) {
      throw FormatErrors.invalid(path, what + " at byte " + position + " takes " + Long.toUnsignedString(bytes)
          + " bytes, but only " + remaining() + " are left; the file is truncated or a length in it is wrong");
    }
    position += bytes;
  }

  int int32(String what) {
    long at = position;
    skip(Integer.BYTES, what);
    return file.get(LittleEndian.INT, at);
  }

  long int64(String what) {
    long at = position;
    skip(Long.BYTES, what);
    return file.get(LittleEndian.LONG, at);
  }

  /**
   * Reads a count of entries and refuses one that cannot be true, before anything is allocated for it.
   *
   * @param limit the most that is sensible
   * @param minimumBytes the least that one entry takes in the file
   */
  int count(String what, int limit, int minimumBytes) {
    long count = int64(what);
    if (count < 0 || count > limit) {
      throw FormatErrors.invalid(path, what + " is " + Long.toUnsignedString(count) + ", expected at most " + limit);
    }
    if (count > remaining() / minimumBytes) {
      throw FormatErrors.invalid(path, what + " is " + count + ", but the " + remaining()
          + " bytes left in the file hold at most " + remaining() / minimumBytes);
    }
    return (int) count;
  }

  /** Passes over a string and returns its length in bytes; its text ends at {@link #position()}. */
  int skipString(String what, int limit) {
    long length = int64(what);
    if (length < 0 || length > limit) {
      throw FormatErrors.invalid(path,
          what + " at byte " + position + " has a length of " + Long.toUnsignedString(length)
              + " bytes, expected at most " + Math.min(limit, remaining()));
    }
    skip(length, what);
    return (int) length;
  }

  /** Reads a string that must be UTF-8. */
  String string(String what, int limit) {
    int length = skipString(what, limit);
    return utf8(path, what, bytes(file, position - length, length));
  }

  /** Reads the id of a value type. */
  GgufValueType valueType(String what) {
    int id = int32(what);
    if (!GgufValueType.isId(id)) {
      throw FormatErrors.invalid(path,
          what + " has value type " + Integer.toUnsignedString(id) + ", expected 0 to 12");
    }
    return GgufValueType.ofId(id);
  }

  static byte[] bytes(MemorySegment file, long offset, int length) {
    var bytes = new byte[length];
    MemorySegment.copy(file, ValueLayout.JAVA_BYTE, offset, bytes, 0, length);
    return bytes;
  }

  /** Strict decoding. */
  static String utf8(Path path, String what, byte[] text) throws PlatformException {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(text)).toString();
    } catch (CharacterCodingException e) {
      throw FormatErrors.invalid(path, what + " is not valid UTF-8");
    }
  }
}
