/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.tokenizer;

import java.text.Normalizer;
import java.util.ArrayList;
import java.util.List;

/** Reads the normalizer, pre_tokenizer, decoder and post_processor sections of a tokenizer.json. */
final class PipelineParser {
  /** GPT-2's pattern, which the ByteLevel pre-tokenizer applies by itself. */
  static final String GPT2_PATTERN = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

  private static final int MOST_STEPS = 32;
  private static final int LONGEST_INSERTION = 256;

  private PipelineParser() {}

  static List<TextNormalizer> normalizers(JsonSection section) {
    var steps = new ArrayList<TextNormalizer>();
    addNormalizers(section, steps);
    return steps;
  }

  private static void addNormalizers(JsonSection section, List<TextNormalizer> steps) {
    if (section.isAbsent()) {
      return;
    }
    String type = section.get("type").text();
    switch (type) {
      case "Sequence" -> section.get("normalizers").elements().forEach(element -> addNormalizers(element, steps));
      case "NFC" -> steps.add(new TextNormalizer.UnicodeForm(Normalizer.Form.NFC));
      case "NFD" -> steps.add(new TextNormalizer.UnicodeForm(Normalizer.Form.NFD));
      case "NFKC" -> steps.add(new TextNormalizer.UnicodeForm(Normalizer.Form.NFKC));
      case "NFKD" -> steps.add(new TextNormalizer.UnicodeForm(Normalizer.Form.NFKD));
      case "Lowercase" -> steps.add(new TextNormalizer.Lowercase());
      case "StripAccents" -> steps.add(new TextNormalizer.StripAccents());
      case "Strip" -> steps.add(new TextNormalizer.Strip(section.get("strip_left").bool(true),
          section.get("strip_right").bool(true)));
      case "Prepend" -> steps.add(new TextNormalizer.Prepend(insertion(section.get("prepend"))));
      case "Replace" -> steps.add(new TextNormalizer.Replace(pattern(section.get("pattern")),
          insertion(section.get("content"))));
      default -> throw section.unsupported("is of type " + Quoted.of(type) + ", which is not supported");
    }
    checkCount(section, steps);
  }

  static List<PreTokenizer> preTokenizers(JsonSection section) {
    var steps = new ArrayList<PreTokenizer>();
    addPreTokenizers(section, steps);
    if (steps.stream().filter(PreTokenizer.ByteLevelMapping.class::isInstance).count() > 1) {
      throw section.unsupported("has ByteLevel more than once");
    }
    return steps;
  }

  private static void addPreTokenizers(JsonSection section, List<PreTokenizer> steps) {
    if (section.isAbsent()) {
      return;
    }
    String type = section.get("type").text();
    String place = section.file() + ": " + section.path();
    switch (type) {
      case "Sequence" ->
        section.get("pretokenizers").elements().forEach(element -> addPreTokenizers(element, steps));
      case "Split" -> steps.add(new PreTokenizer.Split(pattern(section.get("pattern")),
          behavior(section.get("behavior")), section.get("invert").bool(false)));
      case "ByteLevel" -> steps.add(new PreTokenizer.ByteLevelMapping(section.get("add_prefix_space").bool(true),
          section.get("use_regex").bool(true) ? TokenPattern.compile(GPT2_PATTERN, place) : null));
      case "Digits" -> steps.add(new PreTokenizer.Split(TokenPattern.one(CodePointSet.NUMBER, place),
          section.get("individual_digits").bool(false)
              ? PreTokenizer.Behavior.ISOLATED
              : PreTokenizer.Behavior.CONTIGUOUS,
          false));
      case "Punctuation" -> steps.add(new PreTokenizer.Split(TokenPattern.one(CodePointSet.PUNCTUATION, place),
          behavior(section.get("behavior")), false));
      case "Whitespace" -> steps.add(new PreTokenizer.Split(TokenPattern.compile("\\w+|[^\\w\\s]+", place),
          PreTokenizer.Behavior.REMOVED, true));
      case "WhitespaceSplit" -> steps.add(new PreTokenizer.Split(
          TokenPattern.one(CodePointSet.WHITE_SPACE, place), PreTokenizer.Behavior.REMOVED, false));
      case "Metaspace" -> steps.add(metaspace(section));
      default -> throw section.unsupported("is of type " + Quoted.of(type) + ", which is not supported");
    }
    checkCount(section, steps);
  }

  private static PreTokenizer metaspace(JsonSection section) {
    String replacement = insertion(section.get("replacement"));
    if (replacement.codePointCount(0, replacement.length()) != 1) {
      throw section.get("replacement").invalid("is " + Quoted.of(replacement) + ", expected one character");
    }
    return new PreTokenizer.Metaspace(replacement, prependScheme(section),
        section.get("split").bool(true) ? TokenPattern.literal(replacement, section.path()) : null);
  }

  private static PreTokenizer.PrependScheme prependScheme(JsonSection section) {
    JsonSection scheme = section.get("prepend_scheme");
    if (scheme.isAbsent()) {
      return section.get("add_prefix_space").bool(true)
          ? PreTokenizer.PrependScheme.ALWAYS
          : PreTokenizer.PrependScheme.NEVER;
    }
    return switch (scheme.text()) {
      case "always" -> PreTokenizer.PrependScheme.ALWAYS;
      case "first" -> PreTokenizer.PrependScheme.FIRST;
      case "never" -> PreTokenizer.PrependScheme.NEVER;
      default -> throw scheme.invalid("is " + Quoted.of(scheme.text()) + ", expected always, first or never");
    };
  }

  private static PreTokenizer.Behavior behavior(JsonSection section) {
    String name = section.text("Isolated");
    return switch (name) {
      case "Removed" -> PreTokenizer.Behavior.REMOVED;
      case "Isolated" -> PreTokenizer.Behavior.ISOLATED;
      case "MergedWithPrevious" -> PreTokenizer.Behavior.MERGED_WITH_PREVIOUS;
      case "MergedWithNext" -> PreTokenizer.Behavior.MERGED_WITH_NEXT;
      case "Contiguous" -> PreTokenizer.Behavior.CONTIGUOUS;
      default -> throw section.invalid("is " + Quoted.of(name) + ", which is no behavior of a splitter");
    };
  }

  private static TokenPattern pattern(JsonSection section) {
    JsonSection literal = section.get("String");
    String place = section.file() + ": " + section.path();
    if (literal.isAbsent()) {
      return TokenPattern.compile(section.get("Regex").text(), place);
    }
    if (literal.text().isEmpty()) {
      throw literal.invalid("is empty");
    }
    return TokenPattern.literal(insertion(literal), place);
  }

  private static String insertion(JsonSection section) {
    String text = section.text();
    if (text.length() > LONGEST_INSERTION) {
      throw section.invalid("has " + text.length() + " characters; at most " + LONGEST_INSERTION + " are supported");
    }
    return text;
  }

  private static void checkCount(JsonSection section, List<?> steps) {
    if (steps.size() > MOST_STEPS) {
      throw section.invalid("makes more than " + MOST_STEPS + " steps");
    }
  }
}
