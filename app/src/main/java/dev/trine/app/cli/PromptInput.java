/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.cli;

import dev.trine.api.PlatformException;
import dev.trine.api.StandardErrorCode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Puts a prompt together from words of the command line and from standard input. */
final class PromptInput {

  /** The largest prompt that is read from standard input, in bytes. */
  static final int MAX_BYTES = 8 << 20;

  /** A word that marks the place of standard input. */
  private static final String PLACE = "-";

  private PromptInput() {}

  /**
   * Reads text to its end.
   *
   * @throws PlatformException {@code PAYLOAD_TOO_LARGE} over {@link #MAX_BYTES}, {@code INVALID_REQUEST} naming the offset of the
   *                           first byte that is not UTF-8
   */
  static String read(InputStream in) {
    byte[] bytes;
    try {
      bytes = in.readNBytes(MAX_BYTES + 1);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read standard input: " + e.getMessage(), e);
    }
    if (bytes.length > MAX_BYTES) {
      throw new PlatformException(StandardErrorCode.PAYLOAD_TOO_LARGE,
          "standard input is longer than " + MAX_BYTES + " bytes");
    }
    return decode(bytes);
  }

  static String decode(byte[] bytes) {
    ByteBuffer source = ByteBuffer.wrap(bytes);
    CharBuffer target = CharBuffer.allocate(bytes.length);
    var decoder = StandardCharsets.UTF_8.newDecoder();
    CoderResult result = decoder.decode(source, target, true);
    if (result.isError()) {
      throw new PlatformException(StandardErrorCode.INVALID_REQUEST,
          String.format("standard input is not UTF-8: byte 0x%02x at offset %d starts no character",
              bytes[source.position()], source.position()));
    }
    return target.flip().toString();
  }

  /**
   * The prompt: the words with spaces between them, then the piped text after a blank line. A word {@code -} marks the place of
   * the piped text instead. One line feed at the end of the piped text belongs to the pipe and not to the prompt.
   *
   * @return the prompt, empty when there is none
   */
  static String assemble(List<String> words, String piped) {
    String text = piped.endsWith("\n") ? piped.substring(0, piped.length() - 1) : piped;
    if (words.contains(PLACE)) {
      return String.join(" ", words.stream().map(word -> word.equals(PLACE) ? text : word).toList());
    }
    var parts = new ArrayList<String>();
    if (!words.isEmpty()) {
      parts.add(String.join(" ", words));
    }
    if (!text.isBlank()) {
      parts.add(text);
    }
    return String.join("\n\n", parts);
  }
}
