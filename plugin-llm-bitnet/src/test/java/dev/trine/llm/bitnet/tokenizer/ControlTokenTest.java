/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.tokenizer;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Only trusted text makes control tokens. */
class ControlTokenTest {
  @TempDir
  Path folder;

  static final List<String> FAMILIES = TestTokenizers.FAMILIES;

  @ParameterizedTest
  @FieldSource("FAMILIES")
  void untrustedTextNeverBecomesAControlToken(String family) {
    Tokenizer tokenizer = TestTokenizers.golden(family);
    for (int id = 0; id < tokenizer.vocabularySize(); id++) {
      if (!tokenizer.isControl(id)) {
        continue;
      }
      String text = tokenizer.tokenText(id);
      assertArrayEquals(new int[]{id}, tokenizer.encode(text, true));
      for (String around : List.of("%s", "a%sb", " %s ", "%s%s", "\n%s\n")) {
        int[] ids = tokenizer.encode(around.replace("%s", text), false);
        assertTrue(Arrays.stream(ids).noneMatch(tokenizer::isControl), TestTokenizers.tokens(tokenizer, ids));
      }
    }
  }

  @Test
  void aControlTokenMustLieWhollyInTrustedText() {
    Tokenizer tokenizer = TestTokenizers.golden("qwen2");
    int end = tokenizer.addedTokenId("<|im_end|>");
    assertEquals(1, count(tokenizer, end, trusted("<|im_"), trusted("end|>")));
    assertEquals(0, count(tokenizer, end, trusted("<|im_"), untrusted("end|>")));
    assertEquals(0, count(tokenizer, end, untrusted("<|im_"), trusted("end|>")));
    assertEquals(0, count(tokenizer, end, trusted("<|im_end|"), untrusted(">")));
    assertEquals(0, count(tokenizer, end, trusted("<|im"), untrusted("_"), trusted("end|>")));
    assertEquals(1, count(tokenizer, end, trusted("<|im_"), untrusted(""), trusted("end|>")));
    assertEquals(1, count(tokenizer, end, untrusted("<|im_end|>"), trusted("<|im_end|>")));
  }

  @Test
  void userDefinedTokensAreFoundInUntrustedText() {
    Tokenizer tokenizer = TestTokenizers.golden("added-flags");
    assertEquals("Hello", TestTokenizers.tokens(tokenizer, tokenizer.encode("Hello", false)));
    assertFalse(tokenizer.isControl(tokenizer.addedTokenId("Hello")));
    int[] ids = tokenizer.encodeFragments(List.of(trusted("He"), untrusted("llo")));
    assertEquals("Hello", TestTokenizers.tokens(tokenizer, ids));
  }

  @Test
  void normalizedControlTokensKeepToTrustedText() throws IOException {
    ObjectNode json = TestTokenizers.goldenJson("added-flags");
    for (var token : (ArrayNode) json.path("added_tokens")) {
      ((ObjectNode) token).put("normalized", true);
    }
    Tokenizer tokenizer = TestTokenizers.load(folder, json);
    int tool = tokenizer.addedTokenId("<tool>");
    // The normalizer makes lower case and compatibility forms the same.
    assertEquals(1, count(tokenizer, tool, untrusted("É <TOOL> "), trusted("<TOO\uFF2C>"), untrusted("<tool>")));
    assertEquals(0, count(tokenizer, tool, trusted("\u00C9<TO"), untrusted("OL>")));
    assertEquals(0, count(tokenizer, tool, untrusted("<tool>"), trusted("e"), untrusted("\u0301<tool>")));
  }

  @Test
  void llama2ControlTokensThatAreNormalizedKeepToTrustedText() throws IOException {
    ObjectNode json = TestTokenizers.goldenJson("llama2");
    for (var token : (ArrayNode) json.path("added_tokens")) {
      ((ObjectNode) token).put("normalized", true);
    }
    Tokenizer tokenizer = TestTokenizers.load(folder, json);
    assertEquals(1, count(tokenizer, 2, trusted("</s>"), untrusted("a b </s>")));
    assertEquals(0, count(tokenizer, 2, untrusted("</s>"), trusted("a b")));
  }

  @Test
  void mergesDoNotMakeControlTokens() throws IOException {
    ObjectNode json = TestTokenizers.goldenJson("gpt2");
    var vocabulary = (ObjectNode) json.path("model").path("vocab");
    vocabulary.put("hehe", 900);
    ((ArrayNode) json.path("model").path("merges")).insert(0, "he he").insert(0, "h e");
    json.set("pre_tokenizer", TestTokenizers.JSON
        .readTree("{'type':'ByteLevel','use_regex':false,'add_prefix_space':false}".replace('\'', '"')));
    ((ObjectNode) json.path("model")).put("ignore_merges", true);
    Tokenizer plain = TestTokenizers.load(folder, json);
    assertArrayEquals(new int[]{900}, plain.encode("hehe", false));
    ((ArrayNode) json.path("added_tokens")).addObject().put("id", 900).put("content", "hehe").put("special", true);
    Tokenizer tokenizer = TestTokenizers.load(folder, json);
    assertEquals("he he", TestTokenizers.tokens(tokenizer, tokenizer.encode("hehe", false)));
    assertArrayEquals(new int[]{900}, tokenizer.encode("hehe", true));
  }

  @ParameterizedTest
  @ValueSource(strings = {"llama3", "qwen2", "added-flags", "falcon", "llama2", "mistral-metaspace"})
  void fragmentsEncodeAsTheirConcatenation(String family) {
    Tokenizer tokenizer = TestTokenizers.golden(family);
    var random = new Random(11);
    String[] parts = {"the", " the", " ", "\n", "don", "'t", "1", "23", "e", "\u0301", "\u4f60", "Hello", " world ",
        "fox ",
        "!", "\uD83D\uDE42"};
    String[] controls = {"<|im_start|>", "<|im_end|>", "<s>", "</s>"};
    for (int round = 0; round < 300; round++) {
      var fragments = new ArrayList<TextFragment>();
      var text = new StringBuilder();
      for (int i = random.nextInt(6); i >= 0; i--) {
        boolean trusted = random.nextBoolean();
        var part = new StringBuilder();
        for (int j = random.nextInt(4); j >= 0; j--) {
          part.append(
              trusted && random.nextInt(4) == 0 ? controls[random.nextInt(4)] : parts[random.nextInt(parts.length)]);
        }
        fragments.add(new TextFragment(part.toString(), trusted));
        text.append(part);
      }
      assertArrayEquals(tokenizer.encode(text.toString(), true), tokenizer.encodeFragments(fragments),
          () -> "round of seed 11: " + fragments);
    }
  }

  private static TextFragment trusted(String text) {
    return new TextFragment(text, true);
  }

  private static TextFragment untrusted(String text) {
    return new TextFragment(text, false);
  }

  private static long count(Tokenizer tokenizer, int id, TextFragment... fragments) {
    return Arrays.stream(tokenizer.encodeFragments(List.of(fragments))).filter(other -> other == id).count();
  }
}
