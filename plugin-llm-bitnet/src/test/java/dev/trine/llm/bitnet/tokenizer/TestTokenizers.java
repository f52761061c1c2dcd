/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trine.api.ErrorCode;
import dev.trine.api.PlatformException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.function.Executable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Tokenizers and files for tests. */
final class TestTokenizers {
  static final Path GOLDEN = Path.of("src/test/resources/golden/tokenizers");
  static final Path BITNET_MINI = Path.of("src/test/resources/golden/bitnet-mini-tokenizer");
  static final ObjectMapper JSON = new ObjectMapper();
  static final List<String> FAMILIES = List.of("gpt2", "gpt2-prefix-space", "llama3", "qwen2", "o200k", "falcon",
      "starcoder-digits", "added-flags", "llama2", "llama2-no-prefix", "mistral-metaspace");

  private TestTokenizers() {}

  static Tokenizer golden(String family) {
    return Tokenizers.fromTokenizerJson(GOLDEN.resolve(family + ".json"));
  }

  /** A golden tokenizer.json as a tree, to be changed. */
  static ObjectNode goldenJson(String family) throws IOException {
    return (ObjectNode) JSON.readTree(GOLDEN.resolve(family + ".json").toFile());
  }

  static Tokenizer load(Path folder, JsonNode json) throws IOException {
    Path file = folder.resolve("tokenizer.json");
    Files.write(file, JSON.writeValueAsBytes(json));
    return Tokenizers.fromHuggingFace(folder);
  }

  /** Asserts the code of a failure and that its message has all the parts. */
  static void assertFails(ErrorCode code, Executable action, String... parts) {
    PlatformException failure = assertThrows(PlatformException.class, action);
    assertEquals(code, failure.code(), failure.getMessage());
    String message = String.valueOf(failure.getMessage());
    for (String part : parts) {
      assertTrue(message.contains(part), () -> "'" + part + "' is not in: " + message);
    }
  }

  static String tokens(Tokenizer tokenizer, int[] ids) {
    return String.join(" ", Arrays.stream(ids).mapToObj(tokenizer::tokenText).toList());
  }
}
