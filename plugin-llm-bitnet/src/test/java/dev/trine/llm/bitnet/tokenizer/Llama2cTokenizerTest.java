/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.tokenizer;

import dev.trine.api.StandardErrorCode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

class Llama2cTokenizerTest {
  @TempDir
  Path folder;

  private static List<String> pieces() {
    var pieces = new ArrayList<String>(List.of("<unk>", "\n<s>\n", "\n</s>\n"));
    for (int value = 0; value < 256; value++) {
      pieces.add("<0x%02X>".formatted(value));
    }
    pieces.addAll(List.of(" a", "bc", " ", "a", "b", "c"));
    return pieces;
  }

  private Path write(List<String> pieces) throws IOException {
    var buffer = ByteBuffer.allocate(16_384).order(ByteOrder.LITTLE_ENDIAN).putInt(6);
    for (int id = 0; id < pieces.size(); id++) {
      byte[] bytes = pieces.get(id).getBytes(StandardCharsets.UTF_8);
      buffer.putFloat(-id).putInt(bytes.length).put(bytes);
    }
    return Files.write(folder.resolve("tok.bin"), Arrays.copyOf(buffer.array(), buffer.position()));
  }

  @Test
  void readsPiecesThatWriteSpacesAsSpaces() throws IOException {
    Tokenizer tokenizer = Tokenizers.fromLlama2c(write(pieces()), 265);
    assertEquals(265, tokenizer.vocabularySize());
    assertEquals(1, tokenizer.beginOfTextId());
    assertTrue(tokenizer.addsBeginOfText());
    assertEquals(Set.of(1, 2), tokenizer.endOfGenerationIds());
    int[] ids = tokenizer.encodeWithSpecial("abc a \u00E9");
    assertArrayEquals(new int[]{1, 259, 260, 259, 261, 0xC3 + 3, 0xA9 + 3}, ids);
    assertEquals("abc a \u00E9", tokenizer.decode(ids, true));
  }

  @Test
  void refusesFilesThatEndEarlyGoOnOrLie() throws IOException {
    byte[] whole = Files.readAllBytes(write(pieces()));
    for (int length = 0; length < whole.length; length += 97) {
      Path file = Files.write(folder.resolve("short.bin"), Arrays.copyOf(whole, length));
      TestTokenizers.assertFails(StandardErrorCode.MODEL_INVALID, () -> Tokenizers.fromLlama2c(file, 265), "short.bin",
          "token");
    }
    Path file = write(pieces());
    TestTokenizers.assertFails(StandardErrorCode.MODEL_INVALID, () -> Tokenizers.fromLlama2c(file, 264), "264");
    TestTokenizers.assertFails(StandardErrorCode.MODEL_INVALID, () -> Tokenizers.fromLlama2c(file, 258), "258");
    TestTokenizers.assertFails(StandardErrorCode.MODEL_INVALID, () -> Tokenizers.fromLlama2c(file, Integer.MAX_VALUE),
        "2147483647");
    byte[] negative = whole.clone();
    ByteBuffer.wrap(negative).order(ByteOrder.LITTLE_ENDIAN).putInt(8, -1);
    Path lying = Files.write(folder.resolve("lying.bin"), negative);
    TestTokenizers.assertFails(StandardErrorCode.MODEL_INVALID, () -> Tokenizers.fromLlama2c(lying, 265), "token 0",
        "-1");
    List<String> wrong = pieces();
    wrong.set(3, "<0x01>");
    Path bytes = write(wrong);
    TestTokenizers.assertFails(StandardErrorCode.MODEL_INVALID, () -> Tokenizers.fromLlama2c(bytes, 265), "token 3",
        "<0x00>");
  }

  @Test
  void readsTheVocabularyOfTheStoryModel() {
    String data = System.getProperty("trine.data", "");
    Assumptions.assumeTrue(!data.isEmpty(), "needs -Dtrine.data");
    Tokenizer tokenizer = Tokenizers.fromLlama2c(Path.of(data, "stories260k", "tok512.bin"), 512);
    String text = "Once upon a time, Lily said: \"I'm 3 \u00E9t\u00E9!\"\n";
    int[] ids = tokenizer.encodeWithSpecial(text);
    assertEquals(text, tokenizer.decode(ids, true));
    assertEquals("403 407 261 378", String.join(" ",
        Arrays.stream(tokenizer.encode("Once upon a time", false)).mapToObj(String::valueOf).toList()));
  }
}
