/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trine.api.PlatformException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.junit.jupiter.api.Assertions.assertTrue;

/** Damaged files load or are refused with a {@link PlatformException}; nothing else happens. */
class TokenizerMutationTest {
  private static final int ROUNDS = 400;
  private static final String TEXT = " The <|im_end|> caf\u00E9's 12345\n\n\u4f60\u597d  fox lazy<s>\uD83D\uDE42";

  @TempDir
  Path folder;

  @Test
  void damagedBytesOfTokenizerJson() throws IOException {
    mutateBytes("llama3.json", 17, file -> () -> Tokenizers.fromTokenizerJson(file));
  }

  @Test
  void damagedBytesOfSentencePieceModels() throws IOException {
    mutateBytes("spm-bpe.model", 18, file -> () -> Tokenizers.fromSentencePieceModel(file));
  }

  private interface Loader {
    Supplier<Tokenizer> of(Path file);
  }

  private void mutateBytes(String name, int seed, Loader loader) throws IOException {
    byte[] whole = Files.readAllBytes(TestTokenizers.GOLDEN.resolve(name));
    var random = new Random(seed);
    int refused = 0;
    for (int round = 0; round < ROUNDS; round++) {
      byte[] bytes = random.nextInt(8) == 0 ? Arrays.copyOf(whole, random.nextInt(whole.length)) : whole.clone();
      for (int i = random.nextInt(4); i >= 0 && bytes.length > 0; i--) {
        // Most damage goes near an end, where the structure is.
        int position = switch (random.nextInt(3)) {
          case 0 -> random.nextInt(Math.min(bytes.length, 3_000));
          case 1 -> bytes.length - 1 - random.nextInt(Math.min(bytes.length, 3_000));
          default -> random.nextInt(bytes.length);
        };
        bytes[position] = (byte) (random.nextBoolean()
            ? random.nextInt(256)
            : bytes[position] ^ 1 << random.nextInt(8));
      }
      Path file = Files.write(folder.resolve(name), bytes);
      refused += tryOut(loader.of(file), "seed " + seed + ", round " + round) ? 0 : 1;
    }
    int count = refused;
    assertTrue(count > ROUNDS / 20 && count < ROUNDS, () -> count + " of " + ROUNDS + " refused");
  }

  @Test
  void changedValuesOfTokenizerJson() throws IOException {
    var random = new Random(19);
    int refused = 0;
    for (int round = 0; round < ROUNDS; round++) {
      String family = TestTokenizers.FAMILIES.get(random.nextInt(TestTokenizers.FAMILIES.size()));
      ObjectNode json = TestTokenizers.goldenJson(family);
      for (int i = random.nextInt(3); i >= 0; i--) {
        mutateValue(json, random);
      }
      Path file = Files.write(folder.resolve("tokenizer.json"), TestTokenizers.JSON.writeValueAsBytes(json));
      refused += tryOut(() -> Tokenizers.fromTokenizerJson(file), "seed 19, round " + round) ? 0 : 1;
    }
    int count = refused;
    assertTrue(count > ROUNDS / 20 && count < ROUNDS, () -> count + " of " + ROUNDS + " refused");
  }

  /** Whether it loads; a tokenizer that loads must work or refuse as well. */
  private static boolean tryOut(Supplier<Tokenizer> loader, String round) {
    try {
      Tokenizer tokenizer = loader.get();
      int[] ids = tokenizer.encodeFragments(List.of(new TextFragment(TEXT, true), new TextFragment(TEXT, false)));
      for (int id : ids) {
        assertTrue(id >= 0 && id < tokenizer.vocabularySize(), round);
      }
      tokenizer.decode(ids, false);
      tokenizer.encodeWithSpecial(TEXT);
      return true;
    } catch (PlatformException _) {
      return false;
    } catch (RuntimeException e) {
      throw new AssertionError(round, e);
    }
  }

  private static void mutateValue(ObjectNode json, Random random) {
    JsonNode parent = json;
    for (int depth = random.nextInt(6); depth > 0; depth--) {
      JsonNode child = child(parent, random);
      if (!child.isContainerNode() || child.isEmpty()) {
        break;
      }
      parent = child;
    }
    JsonNode value = value(random);
    if (parent instanceof ObjectNode object) {
      List<String> names = new ArrayList<>();
      object.fieldNames().forEachRemaining(names::add);
      String name = names.get(random.nextInt(names.size()));
      switch (random.nextInt(4)) {
        case 0 -> object.remove(name);
        case 1 -> object.set("x" + random.nextInt(10), value);
        default -> object.set(name, value);
      }
    } else {
      ArrayNode array = (ArrayNode) parent;
      int index = random.nextInt(array.size());
      switch (random.nextInt(4)) {
        case 0 -> array.remove(index);
        case 1 -> array.insert(index, value);
        case 2 -> array.insert(index, array.get(random.nextInt(array.size())).deepCopy());
        default -> array.set(index, value);
      }
    }
  }

  private static JsonNode child(JsonNode parent, Random random) {
    List<JsonNode> children = new ArrayList<>();
    parent.forEach(children::add);
    return children.get(random.nextInt(children.size()));
  }

  private static JsonNode value(Random random) {
    JsonNodeFactory factory = JsonNodeFactory.instance;
    return switch (random.nextInt(9)) {
      case 0 -> factory.nullNode();
      case 1 -> factory.booleanNode(random.nextBoolean());
      case 2 -> factory.numberNode(random.nextInt(2_000) - 1_000);
      case 3 -> factory.numberNode(Long.MAX_VALUE - random.nextInt(3));
      case 4 -> factory.textNode("");
      case 5 ->
        factory.textNode(List.of("(a+)+$", "\\s*", "(?=x)", "BPE", "Sequence", "Metaspace", "\uD800", "\u2581", "a")
            .get(random.nextInt(9)));
      case 6 -> factory.arrayNode();
      case 7 -> factory.objectNode();
      default -> factory.numberNode(-0.5);
    };
  }
}
