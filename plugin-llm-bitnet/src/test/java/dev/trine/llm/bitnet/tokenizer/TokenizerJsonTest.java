/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trine.api.StandardErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

class TokenizerJsonTest {
  @TempDir
  Path folder;

  @ParameterizedTest
  @CsvSource({"unigram,Unigram", "bert,WordPiece"})
  void namesKindsThatItDoesNotBuild(String family, String type) {
    TestTokenizers.assertFails(StandardErrorCode.MODEL_UNSUPPORTED, () -> TestTokenizers.golden(family),
        family + ".json", "model.type", "'" + type + "'");
  }

  @Test
  void needsATokenizer() {
    TestTokenizers.assertFails(StandardErrorCode.MODEL_INVALID, () -> Tokenizers.fromHuggingFace(folder),
        "tokenizer.json", "tokenizer.model");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "null", "[]", "{", "{\"model\":", "{\"model\":[]}", "{\"model\":{}}", "\u0000",
      "{} trailing",
      "{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0}}}", "{\"model\":{\"type\":\"BPE\",\"merges\":[]}}"})
  void refusesWhatIsNoTokenizer(String text) throws IOException {
    Files.writeString(folder.resolve("tokenizer.json"), text);
    TestTokenizers.assertFails(StandardErrorCode.MODEL_INVALID,
        () -> Tokenizers.fromHuggingFace(folder), "tokenizer.json");
  }

  @Test
  void refusesDeepNestingAndHugeSections() throws IOException {
    Files.writeString(folder.resolve("tokenizer.json"), "{\"normalizer\":" + "[".repeat(100_000));
    TestTokenizers.assertFails(StandardErrorCode.MODEL_INVALID, () -> Tokenizers.fromHuggingFace(folder),
        "tokenizer.json");
    Files.writeString(folder.resolve("tokenizer.json"), "{\"other\":" + "[".repeat(100_000));
    TestTokenizers.assertFails(StandardErrorCode.MODEL_INVALID, () -> Tokenizers.fromHuggingFace(folder),
        "tokenizer.json");
    Files.writeString(folder.resolve("tokenizer.json"), "{\"decoder\":[" + "0,".repeat(1_000_001) + "0]}");
    TestTokenizers.assertFails(StandardErrorCode.MODEL_INVALID, () -> Tokenizers.fromHuggingFace(folder), "decoder",
        "1000000");
  }

  @Test
  void namesFieldAndValueOfContradictions() throws IOException {
    assertInvalid(json -> model(json, "vocab").put("he", -1), "model.vocab['he']", "-1");
    assertInvalid(json -> model(json, "vocab").put("he", 1_000_000), "model.vocab['he']", "1000000");
    assertInvalid(json -> model(json, "vocab").put("he", "x"), "model.vocab['he']");
    assertInvalid(json -> model(json, "vocab").put("double", 300), "model.vocab", "300", "'double'");
    assertInvalid(json -> merges(json).add("a zzzz"), "model.merges[641]", "'zzzz'");
    assertInvalid(json -> merges(json).add("ab"), "model.merges[641]", "'ab'");
    assertInvalid(json -> merges(json).addArray().add("a"), "model.merges[641]");
    assertInvalid(json -> merges(json).add(1), "model.merges[641]");
    assertInvalid(json -> merges(json).add("[ ]"), "model.merges[641]", "'[]'");
    assertInvalid(json -> added(json, 300, "<new>"), "'<new>'", "300");
    assertInvalid(json -> added(json, 950, "he"), "added_tokens[3]", "'he'", "950");
    assertInvalid(json -> added(json, 950, ""), "added_tokens[3]", "0 characters");
    assertInvalid(json -> added(json, 950, "x".repeat(257)), "added_tokens[3]", "257 characters");
    assertInvalid(json -> added(json, 950, "\uD800"), "added_tokens[3]", "surrogate");
    assertInvalid(json -> added(json, 2, "<|im_end|>"), "added_tokens[3]", "'<|im_end|>'");
    assertInvalid(json -> {
      added(json, 950, "<new>");
      added(json, 951, "<new>");
    }, "'<new>'", "twice");
    assertInvalid(json -> json.put("decoder", "x"), "decoder");
    assertInvalid(json -> ((ObjectNode) json.path("model")).put("unk_token", "nowhere"), "model.unk_token",
        "'nowhere'");
    assertInvalid(json -> json.putObject("post_processor").put("type", "TemplateProcessing").putArray("single"),
        "post_processor.single");
    assertInvalid(
        json -> json.putObject("post_processor").put("type", "RobertaProcessing").putArray("cls").add("x").add(5000),
        "post_processor");
    assertInvalid(json -> json.putObject("pre_tokenizer").put("type", "Split").putObject("pattern").put("Regex", "("),
        "pre_tokenizer.pattern", "'('");
  }

  @Test
  void namesWhatIsNotSupported() throws IOException {
    assertUnsupported(json -> json.putObject("normalizer").put("type", "BertNormalizer"), "normalizer",
        "'BertNormalizer'");
    assertUnsupported(json -> json.putObject("pre_tokenizer").put("type", "UnicodeScripts"), "pre_tokenizer",
        "'UnicodeScripts'");
    assertUnsupported(json -> json.putObject("decoder").put("type", "BPEDecoder"), "decoder", "'BPEDecoder'");
    assertUnsupported(json -> json.putNull("decoder"), "decoder");
    assertUnsupported(json -> json.putObject("post_processor").put("type", "Other"), "post_processor", "'Other'");
    assertUnsupported(json -> ((ObjectNode) json.path("model")).put("end_of_word_suffix", "</w>"),
        "model.end_of_word_suffix",
        "'</w>'");
    assertUnsupported(json -> ((ObjectNode) json.path("model")).put("dropout", 0.1), "model.dropout");
  }

  @Test
  void acceptsMergesBeforeTheVocabularyAndAModelWithoutType() throws IOException {
    ObjectNode json = TestTokenizers.goldenJson("gpt2");
    ObjectNode model = (ObjectNode) json.path("model");
    JsonNode vocabulary = model.remove("vocab");
    model.remove("type");
    model.set("vocab", vocabulary);
    Tokenizer tokenizer = TestTokenizers.load(folder, json);
    assertArrayEquals(TestTokenizers.golden("gpt2").encode("The quick brown fox", true),
        tokenizer.encode("The quick brown fox", true));
  }

  @Test
  void idsWithoutATokenAreFillers() throws IOException {
    ObjectNode json = TestTokenizers.goldenJson("gpt2");
    added(json, 1_000, "<late>");
    Tokenizer tokenizer = TestTokenizers.load(folder, json);
    assertEquals(1_001, tokenizer.vocabularySize());
    assertEquals("", tokenizer.tokenText(950));
    assertEquals("a", tokenizer.decode(new int[]{67, 950, 1_000}, true));
    assertArrayEquals(new int[]{1_000}, tokenizer.encode("<late>", true));
  }

  @Test
  void followsTheSettingsBesideIt() throws IOException {
    ObjectNode json = TestTokenizers.goldenJson("llama3");
    ObjectNode config = TestTokenizers.JSON.createObjectNode();
    config.put("bos_token", "<|im_start|>").putObject("eos_token").put("content", "he");
    config.put("add_bos_token", true).put("add_eos_token", true);
    config.putObject("added_tokens_decoder").putObject("900").put("content", "<pad>").put("special", true);
    Files.write(folder.resolve("tokenizer_config.json"), TestTokenizers.JSON.writeValueAsBytes(config));
    Tokenizer tokenizer = TestTokenizers.load(folder, json);
    int he = tokenizer.addedTokenId("he");
    assertEquals(1, tokenizer.beginOfTextId());
    assertTrue(tokenizer.addsBeginOfText());
    assertTrue(tokenizer.isControl(he));
    assertEquals(Set.of(he, 0, 2), tokenizer.endOfGenerationIds());
    assertArrayEquals(new int[]{1, 0, 67, he}, tokenizer.encodeWithSpecial("a"));
    assertEquals(900, tokenizer.addedTokenId("<pad>"));

    config.put("add_bos_token", false).put("add_eos_token", false).put("eos_token", "<nowhere>").remove("bos_token");
    Files.write(folder.resolve("tokenizer_config.json"), TestTokenizers.JSON.writeValueAsBytes(config));
    tokenizer = TestTokenizers.load(folder, json);
    assertFalse(tokenizer.addsBeginOfText());
    assertEquals(0, tokenizer.beginOfTextId());
    assertArrayEquals(new int[]{67}, tokenizer.encodeWithSpecial("a"));
    assertEquals(1, tokenizer.warnings().size());
    assertTrue(tokenizer.warnings().getFirst().contains("<nowhere>"));
  }

  @Test
  void readsASentencePieceModelWhereThereIsNoTokenizerJson() throws IOException {
    Files.copy(TestTokenizers.GOLDEN.resolve("spm-bpe.model"), folder.resolve("tokenizer.model"));
    Files.writeString(folder.resolve("tokenizer_config.json"),
        "{\"add_bos_token\":false,\"added_tokens_decoder\":{\"902\":{\"content\":\"<pad>\",\"special\":true}}}");
    Tokenizer tokenizer = Tokenizers.fromHuggingFace(folder);
    assertEquals(903, tokenizer.vocabularySize());
    assertEquals(902, tokenizer.addedTokenId("<pad>"));
    assertEquals(1, tokenizer.beginOfTextId());
    assertFalse(tokenizer.addsBeginOfText());
    assertEquals(Set.of(2), tokenizer.endOfGenerationIds());
  }

  @Test
  void readsPatternsThatExplodeAndStopsThemInUse() throws IOException {
    ObjectNode json = TestTokenizers.goldenJson("gpt2");
    json.putObject("pre_tokenizer").put("type", "Split").put("behavior", "Isolated").putObject("pattern").put("Regex",
        "(a+)+b");
    Tokenizer tokenizer = TestTokenizers.load(folder, json);
    TestTokenizers.assertFails(StandardErrorCode.MODEL_INVALID, () -> tokenizer.encode("a".repeat(10_000), false),
        "tokenizer.json", "pre_tokenizer.pattern", "'(a+)+b'");
  }

  private static ObjectNode model(ObjectNode json, String field) {
    return (ObjectNode) json.path("model").path(field);
  }

  private static ArrayNode merges(ObjectNode json) {
    return (ArrayNode) json.path("model").path("merges");
  }

  private static void added(ObjectNode json, int id, String content) {
    ((ArrayNode) json.path("added_tokens")).addObject().put("id", id).put("content", content).put("special", true);
  }

  private void assertInvalid(Consumer<ObjectNode> change, String... parts) throws IOException {
    assertFails(StandardErrorCode.MODEL_INVALID, change, parts);
  }

  private void assertUnsupported(Consumer<ObjectNode> change, String... parts) throws IOException {
    assertFails(StandardErrorCode.MODEL_UNSUPPORTED, change, parts);
  }

  private void assertFails(StandardErrorCode code, Consumer<ObjectNode> change, String... parts) throws IOException {
    ObjectNode json = TestTokenizers.goldenJson("gpt2");
    change.accept(json);
    TestTokenizers.assertFails(code, () -> TestTokenizers.load(folder, json), parts);
  }
}
