/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.format;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import dev.trine.api.PlatformException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Reads JSON of a known form from mapped memory, value by value, without building a tree: strict UTF-8, strict JSON, no
 * duplicate keys, bounded depth and lengths. Every failure names the file.
 */
final class HeaderJson implements AutoCloseable {

  private static final int MAX_DEPTH = 16;
  private static final int MAX_NAME_CHARACTERS = 1_024;
  private static final int MAX_STRING_CHARACTERS = 8 << 20;

  // Names are not canonicalised: the table of names would be one more thing that a hostile file can fill.
  private static final JsonFactory FACTORY = JsonFactory.builder()
      .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(MAX_DEPTH)
          .maxNameLength(MAX_NAME_CHARACTERS).maxStringLength(MAX_STRING_CHARACTERS).maxNumberLength(64).build())
      .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES).disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
      .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
      .build();

  private final Path file;
  private final JsonParser parser;

  /** A reader of these bytes, which are the whole JSON text. */
  HeaderJson(Path file, MemorySegment json) {
    this.file = file;
    try {
      var decoder = StandardCharsets.UTF_8.newDecoder().onMalformedInput(CodingErrorAction.REPORT)
          .onUnmappableCharacter(CodingErrorAction.REPORT);
      this.parser = FACTORY.createParser(new InputStreamReader(new SegmentInputStream(json), decoder));
    } catch (IOException e) {
      throw failure(e);
    }
  }

  /** Enters an object, the next value. */
  void beginObject(String what) {
    expect(next(), JsonToken.START_OBJECT, what, "an object");
  }

  /** The next key of the object, or null at its end. */
  @Nullable
  String nextName() {
    try {
      return parser.nextFieldName();
    } catch (IOException e) {
      throw failure(e);
    }
  }

  /** Enters an array, the next value. */
  void beginArray(String what) {
    expect(next(), JsonToken.START_ARRAY, what, "an array");
  }

  /** The next element, a number from 0 to 2^63 - 1, or -1 at the end of the array. */
  long nextSize(String what) {
    JsonToken token = next();
    if (token == JsonToken.END_ARRAY) {
      return -1;
    }
    try {
      if (token == JsonToken.VALUE_NUMBER_INT && parser.getNumberType() != JsonParser.NumberType.BIG_INTEGER
          && parser.getLongValue() >= 0) {
        return parser.getLongValue();
      }
      throw FormatErrors.invalid(file,
          what + " has " + FormatErrors.printable(parser.getText()) + ", expected whole numbers from 0 to 2^63 - 1");
    } catch (IOException e) {
      throw failure(e);
    }
  }

  /** The next value, a string. */
  String string(String what) {
    expect(next(), JsonToken.VALUE_STRING, what, "a string");
    try {
      return parser.getText();
    } catch (IOException e) {
      throw failure(e);
    }
  }

  /** Passes over the next value, whatever it is. */
  void skipValue() {
    next();
    try {
      parser.skipChildren();
    } catch (IOException e) {
      throw failure(e);
    }
  }

  /** Checks that nothing but white space follows. */
  void end() {
    if (next() != null) {
      throw FormatErrors.invalid(file, "the JSON header is followed by more text, expected only spaces");
    }
  }

  @Override
  public void close() {
    try {
      parser.close();
    } catch (IOException e) {
      throw failure(e);
    }
  }

  private @Nullable JsonToken next() {
    try {
      return parser.nextToken();
    } catch (IOException e) {
      throw failure(e);
    }
  }

  private void expect(@Nullable JsonToken found, JsonToken expected, String what, String description) {
    if (found != expected) {
      throw FormatErrors.invalid(file, what + " is "
          + (found == null ? "missing" : "of JSON type " + found.name()) + ", expected " + description);
    }
  }

  private PlatformException failure(IOException e) {
    return switch (e) {
      case CharacterCodingException _ -> FormatErrors.invalid(file, "the JSON header is not valid UTF-8");
      case JsonProcessingException json -> FormatErrors.invalid(file,
          "the JSON header is not valid" + place(json.getLocation()) + ": "
              + FormatErrors.printable(json.getOriginalMessage()));
      default -> FormatErrors.unreadable(file, e);
    };
  }

  /** Where the text is wrong; the parser does not say it for violated limits. */
  private static String place(@Nullable JsonLocation location) {
    return location == null || location.getCharOffset() < 0 ? "" : " near character " + location.getCharOffset();
  }

  /** The bytes of a segment as a stream. */
  private static final class SegmentInputStream extends InputStream {

    private final MemorySegment bytes;
    private long position;

    SegmentInputStream(MemorySegment bytes) {
      this.bytes = bytes;
    }

    @Override
    public int read() {
      return position == bytes.byteSize() ? -1 : bytes.get(ValueLayout.JAVA_BYTE, position++) & 0xFF;
    }

    @Override
    public int read(byte[] target, int offset, int length) {
      int count = (int) Math.min(length, bytes.byteSize() - position);
      if (count == 0 && length > 0) {
        return -1;
      }
      MemorySegment.copy(bytes, ValueLayout.JAVA_BYTE, position, target, offset, count);
      position += count;
      return count;
    }
  }
}
