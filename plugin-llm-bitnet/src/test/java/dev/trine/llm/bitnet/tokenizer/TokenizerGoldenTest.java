/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Hugging Face tokenizers 0.22 on 41 hard texts: ids with and without special tokens, decoded texts. */
class TokenizerGoldenTest {
  private static final Path FOLDER = Path.of("src/test/resources/golden/tokenizers");
  private static final ObjectMapper JSON = new ObjectMapper();

  @ParameterizedTest
  @ValueSource(strings = {"gpt2", "gpt2-prefix-space", "llama3", "qwen2", "o200k", "falcon", "starcoder-digits",
      "added-flags", "llama2", "llama2-no-prefix", "mistral-metaspace"})
  void equalsTheReference(String family) throws IOException {
    Tokenizer tokenizer = Tokenizers.fromTokenizerJson(FOLDER.resolve(family + ".json"));
    JsonNode cases = JSON.readTree(FOLDER.resolve("cases.json").toFile()).path(family);
    assertFalse(cases.isEmpty());
    for (JsonNode entry : cases) {
      String text = entry.path("text").textValue();
      int[] ids = ids(entry.path("ids"));
      assertArrayEquals(ids, tokenizer.encode(text, true), () -> "ids of " + Quoted.of(text));
      assertArrayEquals(ids(entry.path("with_special")), tokenizer.encodeWithSpecial(text),
          () -> "ids with special tokens of " + Quoted.of(text));
      assertEquals(entry.path("decoded").textValue(), tokenizer.decode(ids, false));
      assertEquals(entry.path("decoded_skip_special").textValue(), tokenizer.decode(ids, true));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"model file", "pieces and scores"})
  void equalsSentencePiece(String source) throws IOException {
    JsonNode golden = JSON.readTree(FOLDER.resolve("spm-bpe.json").toFile());
    Tokenizer tokenizer = source.equals("model file")
        ? Tokenizers.fromSentencePieceModel(FOLDER.resolve("spm-bpe.model"))
        : fromPieces(golden.path("pieces"));
    assertFalse(golden.path("cases").isEmpty());
    for (JsonNode entry : golden.path("cases")) {
      String text = entry.path("text").textValue();
      if (source.equals("pieces and scores") && text.contains("<|im_")) {
        // GGUF vocabularies put a space after a token, SentencePiece before it.
        continue;
      }
      int[] ids = ids(entry.path("ids"));
      assertArrayEquals(ids, tokenizer.encode(text, false), () -> "ids of " + Quoted.of(text));
      assertEquals(entry.path("decoded").textValue(), tokenizer.decode(ids, false));
    }
  }

  private static Tokenizer fromPieces(JsonNode pieces) {
    var tokens = new ArrayList<byte[]>();
    var scores = new float[pieces.size()];
    var types = new int[pieces.size()];
    for (int id = 0; id < scores.length; id++) {
      JsonNode piece = pieces.get(id);
      tokens.add(piece.path("piece").textValue().getBytes(StandardCharsets.UTF_8));
      scores[id] = piece.path("score").floatValue();
      types[id] = switch (piece.path("type").textValue()) {
        case "unknown" -> 2;
        case "control" -> 3;
        case "byte" -> 6;
        default -> 1;
      };
    }
    return Tokenizers.fromGguf("spm-bpe.json",
        GgufVocabulary.builder("llama", tokens).scores(scores).types(types).build());
  }

  @Test
  void equalsTheReferenceOnThePromptOfBitnetMini() {
    Tokenizer tokenizer = Tokenizers.fromHuggingFace(Path.of("src/test/resources/golden/bitnet-mini-tokenizer"));
    assertArrayEquals(new int[]{508, 305, 408, 416, 404, 288, 82, 25, 433, 424, 427, 257},
        tokenizer.encodeWithSpecial("The quick brown fox answers: ternary models only a"));
    assertEquals(512, tokenizer.vocabularySize());
    assertEquals(508, tokenizer.beginOfTextId());
    assertTrue(tokenizer.addsBeginOfText());
    assertEquals(Set.of(509, 510), tokenizer.endOfGenerationIds());
    assertEquals(List.of(), tokenizer.warnings());
  }

  @Test
  void equalsTheReferenceOnThePromptsOfTheDemoModel() throws IOException {
    Path folder = Path.of("src/test/resources/golden/trine-tiny-tokenizer");
    Tokenizer tokenizer = Tokenizers.fromHuggingFace(folder);
    assertEquals(4096, tokenizer.vocabularySize());
    assertFalse(tokenizer.addsBeginOfText());
    assertEquals(-1, tokenizer.beginOfTextId());
    assertEquals(Set.of(0, 2), tokenizer.endOfGenerationIds());
    JsonNode cases = JSON.readTree(folder.resolve("cases.json").toFile());
    assertFalse(cases.isEmpty());
    for (JsonNode entry : cases) {
      assertArrayEquals(ids(entry.path("prompt_ids")), tokenizer.encode(entry.path("prompt").textValue(), true));
      int[] answer = ids(entry.path("ids"));
      StreamDecoder decoder = tokenizer.newStreamDecoder(false,
          Set.of(tokenizer.addedTokenId("<tool_call>"), tokenizer.addedTokenId("</tool_call>")));
      var text = new StringBuilder();
      for (int id : answer) {
        text.append(decoder.accept(id));
      }
      assertEquals(entry.path("text").textValue(), text + decoder.flush(), entry.path("name").textValue());
    }
  }

  static int[] ids(JsonNode array) {
    return StreamSupport.stream(array.spliterator(), false).mapToInt(JsonNode::intValue).toArray();
  }
}
