/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.stream.StreamSupport;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

/** Hugging Face tokenizers 0.22 on 41 hard texts: ids with and without special tokens, decoded texts. */
class TokenizerGoldenTest {
  private static final Path FOLDER = Path.of("src/test/resources/golden/tokenizers");

  @ParameterizedTest
  @ValueSource(strings = {"gpt2", "gpt2-prefix-space", "llama3", "qwen2", "o200k", "falcon", "starcoder-digits",
      "added-flags", "llama2", "llama2-no-prefix", "mistral-metaspace"})
  void equalsTheReference(String family) throws IOException {
    Tokenizer tokenizer = Tokenizers.fromTokenizerJson(FOLDER.resolve(family + ".json"));
    JsonNode cases = new ObjectMapper().readTree(FOLDER.resolve("cases.json").toFile()).path(family);
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

  static int[] ids(JsonNode array) {
    return StreamSupport.stream(array.spliterator(), false).mapToInt(JsonNode::intValue).toArray();
  }
}
