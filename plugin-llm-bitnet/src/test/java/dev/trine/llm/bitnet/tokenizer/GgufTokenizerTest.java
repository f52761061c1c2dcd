/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import dev.trine.api.StandardErrorCode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

class GgufTokenizerTest {
  private static final String FILE = "model.gguf";

  /** What a converter writes into a GGUF file for a tokenizer.json. */
  private static GgufVocabulary.Builder converted(JsonNode json) {
    int size = 0;
    for (var entry : json.path("model").path("vocab").properties()) {
      size = Math.max(size, entry.getValue().intValue() + 1);
    }
    for (JsonNode token : json.path("added_tokens")) {
      size = Math.max(size, token.path("id").intValue() + 1);
    }
    var tokens = new ArrayList<byte[]>();
    var types = new int[size];
    for (int id = 0; id < size; id++) {
      tokens.add(("[PAD" + id + "]").getBytes(StandardCharsets.UTF_8));
      types[id] = 5;
    }
    for (var entry : json.path("model").path("vocab").properties()) {
      tokens.set(entry.getValue().intValue(), entry.getKey().getBytes(StandardCharsets.UTF_8));
      types[entry.getValue().intValue()] = 1;
    }
    for (JsonNode token : json.path("added_tokens")) {
      tokens.set(token.path("id").intValue(), token.path("content").textValue().getBytes(StandardCharsets.UTF_8));
      types[token.path("id").intValue()] = token.path("special").booleanValue() ? 3 : 4;
    }
    var merges = new ArrayList<byte[]>();
    for (JsonNode merge : json.path("model").path("merges")) {
      merges.add(utf8(
          merge.isTextual() ? merge.textValue() : merge.get(0).textValue() + " " + merge.get(1).textValue()));
    }
    return GgufVocabulary.builder("gpt2", tokens).types(types).merges(merges);
  }

  private static JsonNode bitnetMini() throws IOException {
    return TestTokenizers.JSON.readTree(TestTokenizers.BITNET_MINI.resolve("tokenizer.json").toFile());
  }

  private static GgufVocabulary.Builder bitnetMiniVocabulary() throws IOException {
    return converted(bitnetMini()).preTokenizer("llama-bpe").beginOfTextId(508).endOfTextId(509);
  }

  @Test
  void givesTheIdsOfTheTokenizerJsonOfBitnetMini() throws IOException {
    Tokenizer json = Tokenizers.fromHuggingFace(TestTokenizers.BITNET_MINI);
    Tokenizer gguf = Tokenizers.fromGguf(FILE, bitnetMiniVocabulary().build());
    for (JsonNode entry : TestTokenizers.JSON.readTree(TestTokenizers.GOLDEN.resolve("cases.json").toFile())
        .path("gpt2")) {
      String text = entry.path("text").textValue() + "<|eot_id|>" + entry.path("text").textValue();
      assertArrayEquals(json.encode(text, true), gguf.encode(text, true));
      assertArrayEquals(json.encode(text, false), gguf.encode(text, false));
      assertArrayEquals(json.encodeWithSpecial(text), gguf.encodeWithSpecial(text));
      assertEquals(json.decode(json.encode(text, true), false), gguf.decode(gguf.encode(text, true), false));
    }
    assertEquals(json.vocabularySize(), gguf.vocabularySize());
    assertEquals(json.beginOfTextId(), gguf.beginOfTextId());
    assertEquals(json.endOfGenerationIds(), gguf.endOfGenerationIds());
    assertTrue(gguf.addsBeginOfText());
    assertEquals(List.of(), gguf.warnings());
    for (int id = 0; id < json.vocabularySize(); id++) {
      assertArrayEquals(json.tokenBytes(id), gguf.tokenBytes(id));
      assertEquals(json.isControl(id), gguf.isControl(id));
    }
  }

  @ParameterizedTest
  @CsvSource({"gpt2,gpt-2", "llama3,llama-bpe", "qwen2,qwen2", "o200k,gpt-4o", "starcoder-digits,starcoder"})
  void splitsAsTheFamilyOfItsName(String family, String name) throws IOException {
    JsonNode json = TestTokenizers.goldenJson(family);
    Tokenizer reference = TestTokenizers.golden(family);
    Tokenizer gguf = Tokenizers.fromGguf(FILE, converted(json).preTokenizer(name).build());
    assertEquals(List.of(), gguf.warnings());
    for (JsonNode entry : TestTokenizers.JSON.readTree(TestTokenizers.GOLDEN.resolve("cases.json").toFile())
        .path(family)) {
      String text = entry.path("text").textValue();
      // Qwen 2 composes characters, which GGUF files cannot say.
      if (!text.contains("\u0301")) {
        assertArrayEquals(reference.encode(text, true), gguf.encode(text, true), () -> Quoted.of(text));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"llama3", "llama-v3", "falcon3", "falcon-h1", "pixtral", "lfm2", "deepseek-r1-qwen", "megrez",
      "qwen35", "phi-2", "exaone4", "modern-bert", "mellum", "a.x-4.0", "tekken", "smaug-bpe", "dbrx", "chatglm-bpe",
      "glm4",
      "falcon", "smollm", "refact", "command-r", "llama4"})
  void knowsTheName(String name) throws IOException {
    Tokenizer tokenizer = Tokenizers.fromGguf(FILE, bitnetMiniVocabulary().preTokenizer(name).build());
    assertEquals(List.of(), tokenizer.warnings());
    String text = "It's 12345  caf\u00E9 \u4f60\u597d!?\n\n  x";
    assertEquals(text, tokenizer.decode(tokenizer.encode(text, false), false));
  }

  @Test
  void warnsOfPreTokenizersThatItDoesNotKnow() throws IOException {
    for (String name : new String[]{null, "default", "brand-new", "falcon_e"}) {
      Tokenizer tokenizer = Tokenizers.fromGguf(FILE, bitnetMiniVocabulary().preTokenizer(name).build());
      assertEquals(1, tokenizer.warnings().size());
      assertTrue(tokenizer.warnings().getFirst().contains("tokenizer.ggml.pre"), tokenizer.warnings().toString());
    }
  }

  @Test
  void takesTheVocabularyOfLlama3ForWhatItIs() {
    var tokens = new ArrayList<byte[]>();
    for (int id = 0; id < 128_256; id++) {
      String text = id == 'a'
          ? "a"
          : id == 'b' ? "b" : id == 'c' ? "ab" : id == 128_000 ? "<|begin_of_text|>" : "[" + id + "]";
      tokens.add(text.getBytes(StandardCharsets.UTF_8));
    }
    Tokenizer tokenizer = Tokenizers.fromGguf(FILE,
        GgufVocabulary.builder("gpt2", tokens).merges(List.of()).preTokenizer("default").beginOfTextId(128_000)
            .build());
    assertEquals(List.of(), tokenizer.warnings());
    assertTrue(tokenizer.addsBeginOfText());
    assertArrayEquals(new int[]{'c'}, tokenizer.encode("ab", false));
  }

  @Test
  void fillersAndMalformedTokensAreNeverProduced() {
    var tokens = new ArrayList<byte[]>(
        List.of(utf8("a"), utf8("[PAD1]"), utf8("["), new byte[]{(byte) 0xE4, (byte) 0xBD},
            utf8(""), utf8(""), utf8("\u00E9t\u00E9 ")));
    int[] types = {1, 5, 1, 1, 1, 1, 4};
    Tokenizer tokenizer = Tokenizers.fromGguf(FILE, GgufVocabulary.builder("gpt2", tokens).types(types)
        .merges(List.of()).preTokenizer("gpt-2").build());
    assertArrayEquals(new int[]{2}, tokenizer.encode("[PAD1]", true));
    assertArrayEquals(new int[]{0, 6, 0}, tokenizer.encode("a\u00E9t\u00E9 a", false));
    assertEquals("a\u00E9t\u00E9 a", tokenizer.decode(new int[]{0, 6, 1, 4, 0}, false));
    assertEquals("\uFFFD", tokenizer.decode(new int[]{3}, false));
    assertArrayEquals(new byte[]{(byte) 0xE4, (byte) 0xBD}, tokenizer.tokenBytes(3));
    assertEquals(0, tokenizer.tokenBytes(1).length);
    assertEquals("[PAD1]", tokenizer.tokenText(1));
  }

  @Test
  void endsAnswersAtTheTokensThatTheFileOrTheirNamesSay() {
    List<byte[]> tokens = List.of(utf8("a"), utf8("<end>"), utf8("<turn>"), utf8("<message>"), utf8("<|im_end|>"),
        utf8("</s>"));
    int[] types = {1, 1, 1, 1, 1, 1};
    Tokenizer tokenizer = Tokenizers.fromGguf(FILE,
        GgufVocabulary.builder("gpt2", tokens).types(types).merges(List.of())
            .preTokenizer("gpt-2").endOfTextId(1).endOfTurnId(2).endOfMessageId(3).build());
    assertEquals(Set.of(1, 2, 3, 4), tokenizer.endOfGenerationIds());
    assertTrue(tokenizer.isControl(4));
    assertFalse(tokenizer.isControl(5));
    assertEquals(1, tokenizer.warnings().size());
    assertEquals(-1, tokenizer.beginOfTextId());
    assertFalse(tokenizer.addsBeginOfText());
  }

  /** Ids: 0 unknown, 1 begin, 2 end, 3 user-defined, then pieces, then bytes. */
  private static GgufVocabulary.Builder sentencePiece(String... pieces) {
    var tokens = new ArrayList<byte[]>(List.of(utf8("<unk>"), utf8("<s>"), utf8("</s>"), utf8("<x>")));
    for (String piece : pieces) {
      tokens.add(utf8(piece));
    }
    for (int value = 0; value < 256; value++) {
      tokens.add(utf8("<0x%02X>".formatted(value)));
    }
    var types = new int[tokens.size()];
    Arrays.fill(types, 6);
    Arrays.fill(types, 4, 4 + pieces.length, 1);
    types[0] = 2;
    types[1] = 3;
    types[2] = 3;
    types[3] = 4;
    var scores = new float[tokens.size()];
    for (int i = 0; i < pieces.length; i++) {
      scores[4 + i] = -i;
    }
    return GgufVocabulary.builder("llama", tokens).types(types).scores(scores);
  }

  @Test
  void putsTheSpaceOfSentencePieceAfterSpecialTokens() {
    Tokenizer tokenizer = Tokenizers.fromGguf(FILE, sentencePiece("\u2581a", "\u2581", "a", "b").build());
    assertArrayEquals(new int[]{1, 4, 3, 4, 2, 5, 4}, tokenizer.encodeWithSpecial("a<x>a</s> a"));
    assertTrue(tokenizer.addsBeginOfText());
    assertEquals(Set.of(2), tokenizer.endOfGenerationIds());
    assertArrayEquals(new int[]{}, tokenizer.encode("", false));
    Tokenizer bare = Tokenizers.fromGguf(FILE,
        sentencePiece("\u2581a", "\u2581", "a", "b").addSpacePrefix(false).addBeginOfText(false).addEndOfText(true)
            .build());
    assertArrayEquals(new int[]{6, 3, 6, 2, 4, 2}, bare.encodeWithSpecial("a<x>a</s> a"));
    assertEquals(" a", bare.decode(new int[]{4}, true));
    assertEquals("a", tokenizer.decode(new int[]{4}, true));
  }

  @Test
  void mergesTheHighestScoreFirstAndTheLeftmostOfEquals() {
    String[] pieces = {"bc", "ab", "abc", "a", "b", "c"};
    Tokenizer tokenizer = Tokenizers.fromGguf(FILE, sentencePiece(pieces).addSpacePrefix(false).build());
    assertEquals("abc", TestTokenizers.tokens(tokenizer, tokenizer.encode("abc", false)));
    Tokenizer pairs = Tokenizers.fromGguf(FILE, sentencePiece("aa", "a").addSpacePrefix(false).build());
    assertEquals("aa aa a", TestTokenizers.tokens(pairs, pairs.encode("aaaaa", false)));
  }

  @Test
  void mergesThroughCharactersThatAreNoPieces() {
    Tokenizer tokenizer = Tokenizers.fromGguf(FILE, sentencePiece("\u4f60\u597d", "a").addSpacePrefix(false).build());
    assertEquals("\u4f60\u597d a", TestTokenizers.tokens(tokenizer, tokenizer.encode("\u4f60\u597da", false)));
    assertEquals("<0xE4> <0xBD> <0xA0> a", TestTokenizers.tokens(tokenizer, tokenizer.encode("\u4f60a", false)));
    assertEquals("\u4f60a", tokenizer.decode(tokenizer.encode("\u4f60a", false), false));
  }

  @Test
  void spellsTextWithoutBytesAsUnknown() {
    List<byte[]> tokens = List.of(utf8("<unk>"), utf8("a"), utf8("bc"));
    Tokenizer tokenizer = Tokenizers.fromGguf(FILE, GgufVocabulary.builder("llama", tokens).types(new int[]{2, 1, 1})
        .scores(new float[3]).addSpacePrefix(false).unknownId(0).build());
    assertArrayEquals(new int[]{1, 0, 1, 2, 0, 1}, tokenizer.encode("axyabcba", false));
    assertEquals("aabca", tokenizer.decode(new int[]{1, 0, 1, 2, 0, 1}, true));
  }

  @Test
  void refusesVocabulariesThatContradictThemselves() throws IOException {
    TestTokenizers.assertFails(StandardErrorCode.MODEL_UNSUPPORTED,
        () -> Tokenizers.fromGguf(FILE, GgufVocabulary.builder("rwkv", List.of(utf8("a"))).build()), FILE,
        "tokenizer.ggml.model", "'rwkv'");
    assertInvalid(GgufVocabulary.builder("gpt2", List.of()).merges(List.of()), "0 tokens");
    assertInvalid(GgufVocabulary.builder("gpt2", List.of(utf8("a"))), "tokenizer.ggml.merges");
    assertInvalid(GgufVocabulary.builder("llama", List.of(utf8("a"))), "tokenizer.ggml.scores");
    assertInvalid(GgufVocabulary.builder("llama", List.of(utf8("a"))).scores(new float[2]), "tokenizer.ggml.scores",
        "2");
    assertInvalid(GgufVocabulary.builder("llama", List.of(utf8("a"))).scores(new float[]{Float.NaN}), "token 0", "NaN");
    assertInvalid(bitnetMiniVocabulary().types(new int[3]), "tokenizer.ggml.token_type", "3");
    assertInvalid(bitnetMiniVocabulary().beginOfTextId(512), "tokenizer.ggml.bos_token_id", "512");
    assertInvalid(bitnetMiniVocabulary().endOfTextId(-2), "tokenizer.ggml.eos_token_id", "-2");
    assertInvalid(bitnetMiniVocabulary().merges(List.of(utf8("a b"), utf8("ab"))), "tokenizer.ggml.merges[", "'ab'");
    assertInvalid(bitnetMiniVocabulary().merges(List.of(utf8("a zzzz"))), "tokenizer.ggml.merges[0]", "'zzzz'");
    assertInvalid(GgufVocabulary.builder("gpt2", List.of(utf8("a"), utf8("b"), utf8("a"))).merges(List.of()), "token 2",
        "'a'");
    assertInvalid(GgufVocabulary.builder("gpt2", List.of(utf8("a"))).types(new int[]{7}).merges(List.of()),
        "tokenizer.ggml.token_type[0]", "7");
    assertInvalid(GgufVocabulary.builder("gpt2", List.of(new byte[70_000])).merges(List.of()), "token 0", "70000");
  }

  private static void assertInvalid(GgufVocabulary.Builder vocabulary, String... parts) {
    TestTokenizers.assertFails(StandardErrorCode.MODEL_INVALID, () -> Tokenizers.fromGguf(FILE, vocabulary.build()),
        parts);
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
