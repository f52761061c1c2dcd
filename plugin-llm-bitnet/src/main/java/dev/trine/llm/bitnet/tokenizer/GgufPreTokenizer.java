/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.tokenizer;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a {@code tokenizer.ggml.pre} name stands for: each pattern splits every piece of the one before.
 *
 * @param patterns regular expressions, in order
 * @param ignoresMerges whether a piece that is a token is that token whatever the merges say
 * @param addsBeginOfText whether a text begins with a token when the file does not say
 */
record GgufPreTokenizer(List<String> patterns, boolean ignoresMerges, boolean addsBeginOfText) {
  private static final String CONTRACTION = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
  private static final String REST = "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
  private static final String REST_WITH_SLASH = "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
  private static final String LLAMA3 = CONTRACTION + "|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}" + REST;
  private static final String QWEN2 = CONTRACTION + "|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}" + REST;
  private static final String QWEN35 = CONTRACTION + "|[^\\r\\n\\p{L}\\p{N}]?[\\p{L}\\p{M}]+|\\p{N}"
      + "| ?[^\\s\\p{L}\\p{M}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
  private static final String UPPER = "[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]";
  private static final String LOWER = "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]";
  private static final String CASED_WORD = "[^\\r\\n\\p{L}\\p{N}]?" + UPPER + "*" + LOWER + "+";
  private static final String CAPITAL_WORD = "[^\\r\\n\\p{L}\\p{N}]?" + UPPER + "+" + LOWER + "*";
  private static final String TEKKEN = CASED_WORD + "|" + CAPITAL_WORD + "|\\p{N}" + REST_WITH_SLASH;
  private static final String O200K = CASED_WORD + CONTRACTION + "?|" + CAPITAL_WORD + CONTRACTION + "?|\\p{N}{1,3}"
      + REST_WITH_SLASH;
  private static final String THREE_DIGITS = "[0-9][0-9][0-9]";

  /** Used when a file names no pre-tokenizer or one that is not known. */
  static final GgufPreTokenizer DEFAULT = new GgufPreTokenizer(
      List.of("[\\p{P}\\$\\+<=>\\^~\\|]+", PipelineParser.GPT2_PATTERN, "\\p{N}+", THREE_DIGITS), false, false);

  /** Used for the vocabulary of Llama 3. */
  static final GgufPreTokenizer LLAMA_BPE = new GgufPreTokenizer(List.of(LLAMA3), true, true);

  /** The pre-tokenizer of a name; empty when it is not known. */
  static Optional<GgufPreTokenizer> named(String name) {
    return Optional.ofNullable(switch (name) {
      case "llama3", "llama-v3", "llama-bpe", "falcon3", "falcon-h1", "pixtral", "lfm2" -> LLAMA_BPE;
      case "qwen2", "deepseek-r1-qwen", "megrez" -> single(QWEN2);
      case "qwen35" -> single(QWEN35);
      case "gpt-2", "phi-2", "exaone4", "modern-bert", "mellum", "a.x-4.0" -> single(PipelineParser.GPT2_PATTERN);
      case "tekken" -> new GgufPreTokenizer(List.of(TEKKEN), true, true);
      case "smaug-bpe", "dbrx", "chatglm-bpe", "glm4" -> single(LLAMA3);
      case "falcon" -> new GgufPreTokenizer(
          List.of("[\\p{P}\\$\\+<=>\\^~\\|`]+", PipelineParser.GPT2_PATTERN, THREE_DIGITS), false, false);
      case "smollm", "starcoder", "refact", "command-r" ->
        new GgufPreTokenizer(List.of("\\p{N}", PipelineParser.GPT2_PATTERN), false, false);
      case "gpt-4o", "llama4" -> single(O200K);
      default -> null;
    });
  }

  private static GgufPreTokenizer single(String pattern) {
    return new GgufPreTokenizer(List.of(pattern), false, false);
  }

  /** The splitting steps, the last of which writes pieces in the byte alphabet. */
  List<PreTokenizer> steps(String file) {
    var steps = new ArrayList<PreTokenizer>();
    for (String pattern : patterns) {
      steps.add(PreTokenizer.Split.isolated(TokenPattern.compile(pattern, file + ": tokenizer.ggml.pre")));
    }
    steps.add(new PreTokenizer.ByteLevelMapping(false, null));
    return steps;
  }
}
