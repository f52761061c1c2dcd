/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.tokenizer;

import java.nio.charset.StandardCharsets;

/**
 * How tokens become bytes.
 *
 * @param byteLevel whether tokens are written in the byte alphabet
 * @param space what stands for a space; empty when nothing does
 * @param byteFallback whether {@code <0xHH>} is a byte
 * @param leadingSpace what to remove at the start of a text
 */
record TokenDecoding(boolean byteLevel, String space, boolean byteFallback, LeadingSpace leadingSpace) {

  /** Tokens in the byte alphabet. */
  static final TokenDecoding BYTE_LEVEL = new TokenDecoding(true, "", false, new LeadingSpace.Kept());

  /** The bytes that a token's text stands for. */
  byte[] bytesOf(String token) {
    if (byteLevel) {
      return ByteLevel.decode(token);
    }
    if (byteFallback) {
      int value = byteValue(token);
      if (value >= 0) {
        return new byte[]{(byte) value};
      }
    }
    String text = space.isEmpty() ? token : token.replace(space, " ");
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** The value of a token written {@code <0xHH>}; -1 if it is not. */
  static int byteValue(String token) {
    if (token.length() != 6 || !token.startsWith("<0x") || token.charAt(5) != '>') {
      return -1;
    }
    int high = Character.digit(token.charAt(3), 16);
    int low = Character.digit(token.charAt(4), 16);
    return high < 0 || low < 0 ? -1 : 16 * high + low;
  }

  /** Reads the decoder section of a tokenizer.json. */
  static TokenDecoding parse(JsonSection section) {
    if (section.isAbsent()) {
      throw section.unsupported("is missing; a byte-pair tokenizer needs one");
    }
    var decoding = new TokenDecoding(false, "", false, new LeadingSpace.Kept());
    if (section.get("type").text().equals("Sequence")) {
      for (JsonSection step : section.get("decoders").elements()) {
        decoding = decoding.with(step);
      }
      return decoding;
    }
    return decoding.with(section);
  }

  private TokenDecoding with(JsonSection step) {
    String type = step.get("type").text();
    return switch (type) {
      case "ByteLevel" -> new TokenDecoding(true, space, byteFallback, leadingSpace);
      case "ByteFallback" -> new TokenDecoding(byteLevel, space, true, leadingSpace);
      case "Fuse" -> this;
      case "Replace" -> {
        String from = step.get("pattern").get("String").text();
        String to = step.get("content").text();
        if (from.isEmpty() || !to.equals(" ")) {
          throw step.unsupported("replaces " + Quoted.of(from) + " by " + Quoted.of(to)
              + "; only replacement by a space is supported");
        }
        if (!space.isEmpty()) {
          throw step.unsupported("is the second replacement; only one is supported");
        }
        yield new TokenDecoding(byteLevel, from, byteFallback, leadingSpace);
      }
      case "Strip" -> {
        long start = step.get("start").node().asLong(0);
        if (!step.get("content").text().equals(" ") || start < 0 || start > 1_000
            || step.get("stop").node().asLong(0) != 0) {
          throw step.unsupported("strips something else than spaces at the start");
        }
        yield new TokenDecoding(byteLevel, space, byteFallback, new LeadingSpace.Stripped((int) start));
      }
      case "Metaspace" -> {
        boolean kept = step.get("prepend_scheme").text("always").equals("never")
            || !step.get("add_prefix_space").bool(true);
        yield new TokenDecoding(byteLevel, step.get("replacement").text(), byteFallback,
            kept ? new LeadingSpace.Kept() : new LeadingSpace.StrippedFromFirstToken());
      }
      default -> throw step.unsupported("is of type " + Quoted.of(type) + ", which is not supported");
    };
  }
}
