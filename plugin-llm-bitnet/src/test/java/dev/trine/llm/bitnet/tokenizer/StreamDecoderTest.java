/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

class StreamDecoderTest {
  static final List<String> FAMILIES = TestTokenizers.FAMILIES;

  @ParameterizedTest
  @FieldSource("FAMILIES")
  void piecesAddUpToTheDecodedTextAndAreWholeCharacters(String family) throws IOException {
    Tokenizer tokenizer = TestTokenizers.golden(family);
    JsonNode cases = TestTokenizers.JSON.readTree(TestTokenizers.GOLDEN.resolve("cases.json").toFile()).path(family);
    for (JsonNode entry : cases) {
      StreamDecoder decoder = tokenizer.newStreamDecoder(true, Set.of());
      var text = new StringBuilder();
      for (JsonNode id : entry.path("ids")) {
        String part = decoder.accept(id.intValue());
        assertEquals(part, new String(part.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8));
        text.append(part);
      }
      assertEquals(entry.path("decoded_skip_special").textValue(), text + decoder.flush());
    }
  }

  @Test
  void holdsTheBytesOfACharacterUntilItIsWhole() {
    Tokenizer tokenizer = TestTokenizers.golden("gpt2");
    int[] ids = tokenizer.encode("\uD83D\uDE42", false);
    assertEquals(4, ids.length);
    StreamDecoder decoder = tokenizer.newStreamDecoder();
    assertEquals("", decoder.accept(ids[0]));
    assertEquals("", decoder.accept(ids[1]));
    assertEquals("", decoder.accept(ids[2]));
    assertEquals("\uD83D\uDE42", decoder.accept(ids[3]));
    assertEquals("", decoder.flush());
    assertEquals("", decoder.accept(ids[0]));
    assertEquals("\uFFFDa", decoder.accept(tokenizer.encode("a", false)[0]));
    assertEquals("", decoder.accept(ids[0]));
    assertEquals("\uFFFD", decoder.flush());
    assertEquals("", decoder.flush());
  }

  @Test
  void replacesEachMaximalPartOfMalformedBytes() {
    assertEquals("a\uFFFDb", decodeBytes(0x61, 0xFF, 0x62));
    assertEquals("\uFFFD\uFFFD", decodeBytes(0xC0, 0x80));
    assertEquals("\uFFFD\uFFFD\uFFFD", decodeBytes(0xED, 0xA0, 0x80));
    assertEquals("\uFFFD\uFFFD", decodeBytes(0xE2, 0x82, 0xE2, 0x82));
    assertEquals("\uFFFD\u20AC", decodeBytes(0xF0, 0x9F, 0xE2, 0x82, 0xAC));
    assertEquals("\uFFFD\uFFFD\uFFFD\uFFFD", decodeBytes(0xF5, 0x80, 0x80, 0x80));
    assertEquals("\uDBFF\uDFFF", decodeBytes(0xF4, 0x8F, 0xBF, 0xBF));
    assertEquals("\u0080\u07FF\u0800\uD7FF\uE000", decodeBytes(0xC2, 0x80, 0xDF, 0xBF, 0xE0, 0xA0, 0x80, 0xED, 0x9F,
        0xBF, 0xEE, 0x80, 0x80));
  }

  private static String decodeBytes(int... bytes) {
    Tokenizer tokenizer = TestTokenizers.golden("llama2");
    var ids = new int[bytes.length];
    for (int i = 0; i < ids.length; i++) {
      // In this vocabulary the bytes follow three control tokens.
      ids[i] = bytes[i] + 3;
      assertArrayEquals(new byte[]{(byte) bytes[i]}, tokenizer.tokenBytes(ids[i]));
    }
    return tokenizer.decode(ids, false);
  }

  @Test
  void stripsTheLeadingSpaceOfATextOnceAndNoneAfterAPrompt() {
    Tokenizer tokenizer = TestTokenizers.golden("llama2");
    int[] ids = tokenizer.encode(" the fox", false);
    assertEquals("\u2581 \u2581the \u2581fo x", TestTokenizers.tokens(tokenizer, ids));
    assertEquals(" the fox", tokenizer.decode(ids, true));
    StreamDecoder first = tokenizer.newStreamDecoder(true, Set.of());
    assertEquals("", first.accept(ids[0]));
    assertEquals(" the", first.accept(ids[1]));
    StreamDecoder after = tokenizer.newStreamDecoder();
    assertEquals(" ", after.accept(ids[0]));
    assertEquals(" the", after.accept(ids[1]));
  }

  @Test
  void rendersControlTokensOnlyOnRequestAndIdsOutsideTheVocabularyNever() {
    Tokenizer tokenizer = TestTokenizers.golden("qwen2");
    StreamDecoder decoder = tokenizer.newStreamDecoder(true, Set.of(1));
    assertEquals("<|im_start|>", decoder.accept(1));
    assertEquals("", decoder.accept(2));
    for (int id : new int[]{-1, tokenizer.vocabularySize(), Integer.MAX_VALUE, Integer.MIN_VALUE}) {
      assertEquals("", decoder.accept(id));
      assertEquals(0, tokenizer.tokenBytes(id).length);
      assertEquals("", tokenizer.tokenText(id));
      assertFalse(tokenizer.isControl(id));
    }
    assertEquals(0, tokenizer.tokenBytes(1).length);
    assertEquals("<|im_start|>", tokenizer.tokenText(1));
  }
}
