/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.tokenizer;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Builds a tokenizer from a tokenizer.json and the settings beside it. */
final class HuggingFaceTokenizer {
  private final TokenizerJson json;
  private final TokenizerSettings settings;
  private final String file;
  private final List<String> warnings = new ArrayList<>();
  /** By id. */
  private final Map<Integer, AddedToken> addedTokens = new LinkedHashMap<>();
  /** Texts that encoding may produce without looking for added tokens: the model's vocabulary without its control tokens. */
  private final Map<String, Integer> encodable = new HashMap<>();
  /** Every token by its text. */
  private final Map<String, Integer> ids = new HashMap<>();

  private HuggingFaceTokenizer(TokenizerJson json, TokenizerSettings settings) {
    this.json = json;
    this.settings = settings;
    this.file = json.file();
  }

  static Tokenizer build(TokenizerJson json, TokenizerSettings settings) {
    return new HuggingFaceTokenizer(json, settings).build();
  }

  private Tokenizer build() {
    checkModel();
    JsonSection addedSection = json.section("added_tokens");
    if (!addedSection.isAbsent()) {
      for (JsonSection element : addedSection.elements()) {
        addToken(TokenizerSettings.addedToken(element.get("id").id(), element), element.path());
      }
    }
    for (AddedToken token : settings.addedTokens()) {
      if (!addedTokens.containsKey(token.id())) {
        addToken(token, "added_tokens_decoder[" + token.id() + "]");
      }
    }
    ids.putAll(json.vocabulary());
    addedTokens.values().forEach(token -> ids.put(token.content(), token.id()));
    int beginOfText = namedControlToken("bos_token", settings.beginOfText().orElse(null));
    int endOfText = namedControlToken("eos_token", settings.endOfText().orElse(null));
    json.vocabulary().forEach((text, id) -> {
      AddedToken added = addedTokens.get(id);
      if (added == null || !added.control()) {
        encodable.put(text, id);
      }
    });
    TokenDecoding decoding = TokenDecoding.parse(json.section("decoder"));
    Vocabulary vocabulary = vocabulary(decoding);
    List<TextNormalizer> normalizers = PipelineParser.normalizers(json.section("normalizer"));
    return new BytePairTokenizer(vocabulary, matchers(normalizers), normalizers,
        PipelineParser.preTokenizers(json.section("pre_tokenizer")), encoder(vocabulary.size()),
        decoding.leadingSpace(), specialTokens(vocabulary.size(), beginOfText, endOfText), warnings);
  }

  private void checkModel() {
    String type = json.modelField("type").text(json.hasMerges() ? "BPE" : "none");
    if (!type.equals("BPE")) {
      throw TokenizerLimits.unsupported(file, "model.type",
          "is " + Quoted.of(type) + ", which is not supported; expected 'BPE'");
    }
    if (!json.hasVocabulary() || !json.hasMerges()) {
      throw TokenizerLimits.invalid(file, json.hasVocabulary() ? "model.merges" : "model.vocab", "is missing");
    }
    for (String affix : List.of("continuing_subword_prefix", "end_of_word_suffix")) {
      JsonSection section = json.modelField(affix);
      if (!section.text("").isEmpty()) {
        throw section.unsupported("is " + Quoted.of(section.text()) + ", which is not supported");
      }
    }
    JsonSection dropout = json.modelField("dropout");
    if (!dropout.isAbsent() && dropout.node().asDouble(1) != 0) {
      throw dropout.unsupported("is not zero");
    }
  }

  private void addToken(AddedToken token, String place) {
    String content = token.content();
    if (content.isEmpty() || content.length() > AddedTokenMatcher.LONGEST_CONTENT) {
      throw TokenizerLimits.invalid(file, place, "has a content of " + content.length() + " characters, expected 1 to "
          + AddedTokenMatcher.LONGEST_CONTENT);
    }
    if (content.codePoints().anyMatch(codePoint -> Character.getType(codePoint) == Character.SURROGATE)) {
      throw TokenizerLimits.invalid(file, place, "has half a surrogate pair in its content");
    }
    Integer known = json.vocabulary().get(content);
    if (known != null && known != token.id()) {
      throw TokenizerLimits.invalid(file, place,
          "gives " + Quoted.of(content) + " the id " + token.id() + "; model.vocab says " + known);
    }
    AddedToken other = addedTokens.putIfAbsent(token.id(), token);
    if (other != null) {
      throw TokenizerLimits.invalid(file, place, "has the id " + token.id() + " of " + Quoted.of(other.content()));
    }
  }

  /** The id of a token that the settings name, which makes it a control token; -1 if there is none. */
  private int namedControlToken(String field, @Nullable String content) {
    if (content == null) {
      return -1;
    }
    Integer id = ids.get(content);
    if (id == null) {
      warnings.add("tokenizer_config.json: %s is %s, which is not in the vocabulary".formatted(field,
          Quoted.of(content)));
      return -1;
    }
    if (!addedTokens.containsKey(id)) {
      addToken(AddedToken.plain(id, content, true), field);
    }
    return id;
  }

  private Vocabulary vocabulary(TokenDecoding decoding) {
    int size = 0;
    for (int id : ids.values()) {
      size = Math.max(size, id + 1);
    }
    for (int id : addedTokens.keySet()) {
      size = Math.max(size, id + 1);
    }
    if (size == 0) {
      throw TokenizerLimits.invalid(file, "model.vocab", "is empty");
    }
    var texts = new String[size];
    json.vocabulary().forEach((text, id) -> {
      if (texts[id] != null) {
        throw TokenizerLimits.invalid(file, "model.vocab[" + Quoted.of(text) + "]",
            "has the id " + id + " of " + Quoted.of(texts[id]));
      }
      texts[id] = text;
    });
    for (AddedToken token : addedTokens.values()) {
      String text = texts[token.id()];
      if (text != null && !text.equals(token.content())) {
        throw TokenizerLimits.invalid(file, "added_tokens",
            "gives " + Quoted.of(token.content()) + " the id " + token.id() + " of " + Quoted.of(text));
      }
      if (!Integer.valueOf(token.id()).equals(ids.get(token.content()))) {
        throw TokenizerLimits.invalid(file, "added_tokens", "has " + Quoted.of(token.content()) + " twice");
      }
      texts[token.id()] = token.content();
    }
    var entries = new ArrayList<Vocabulary.Entry>();
    for (int id = 0; id < size; id++) {
      AddedToken added = addedTokens.get(id);
      TokenKind kind = added == null ? TokenKind.NORMAL : added.control() ? TokenKind.CONTROL : TokenKind.USER_DEFINED;
      entries.add(texts[id] == null
          ? Vocabulary.FILLER
          : new Vocabulary.Entry(texts[id], kind, decoding.bytesOf(texts[id])));
    }
    return new Vocabulary(entries);
  }

  private BytePairTokenizer.AddedTokens matchers(List<TextNormalizer> normalizers) {
    var inText = new AddedTokenMatcher();
    var inNormalizedText = new AddedTokenMatcher();
    for (AddedToken token : addedTokens.values()) {
      if (!token.normalized()) {
        inText.add(token.content(), token);
        continue;
      }
      String normalized = TextNormalizer.applyAll(normalizers, token.content(), TrustMap.ALL).text();
      if (!normalized.isEmpty() && normalized.length() <= AddedTokenMatcher.LONGEST_CONTENT) {
        inNormalizedText.add(normalized, token);
      }
    }
    return new BytePairTokenizer.AddedTokens(inText, inNormalizedText);
  }

  private BytePairEncoder encoder(int vocabularySize) {
    var symbols = new HashMap<Integer, Integer>();
    encodable.forEach((text, id) -> {
      if (!text.isEmpty() && text.length() == Character.charCount(text.codePointAt(0))) {
        symbols.put(text.codePointAt(0), id);
      }
    });
    int[] byteTokens = null;
    if (json.modelField("byte_fallback").bool(false)) {
      byteTokens = new int[256];
      for (int value = 0; value < 256; value++) {
        byteTokens[value] = encodable.getOrDefault("<0x%02X>".formatted(value), BytePairEncoder.NO_TOKEN);
      }
    }
    JsonSection unknown = json.modelField("unk_token");
    int unknownToken = BytePairEncoder.NO_TOKEN;
    if (!unknown.isAbsent()) {
      unknownToken = ids.getOrDefault(unknown.text(), BytePairEncoder.NO_TOKEN);
      if (unknownToken == BytePairEncoder.NO_TOKEN) {
        throw unknown.invalid("is " + Quoted.of(unknown.text()) + ", which is not in the vocabulary");
      }
    }
    boolean ignoreMerges = json.modelField("ignore_merges").bool(false);
    return new BytePairEncoder(vocabularySize, symbols, merges(),
        ignoreMerges ? piece -> encodable.getOrDefault(piece, BytePairEncoder.NO_TOKEN) : null, byteTokens,
        unknownToken,
        json.modelField("fuse_unk").bool(false));
  }

  private LongTable merges() {
    var merges = new LongTable();
    int[] ids = json.merges();
    for (int i = 0; i < ids.length; i += 3) {
      AddedToken added = addedTokens.get(ids[i + 2]);
      // Merging must not make control tokens out of plain text.
      if (added == null || !added.control()) {
        merges.put(LongTable.key(ids[i], ids[i + 1]), LongTable.key(i / 3, ids[i + 2]));
      }
    }
    return merges;
  }

  private SpecialTokens specialTokens(int vocabularySize, int namedBeginOfText, int endOfText) {
    var before = new ArrayList<Integer>();
    var after = new ArrayList<Integer>();
    addTemplate(json.section("post_processor"), before, after);
    for (int id : before) {
      checkInVocabulary(id, vocabularySize);
    }
    for (int id : after) {
      checkInVocabulary(id, vocabularySize);
    }
    int beginOfText = namedBeginOfText < 0 && !before.isEmpty() ? before.getFirst() : namedBeginOfText;
    settings.addBeginOfText().ifPresent(wanted -> setPresent(before, beginOfText, wanted));
    settings.addEndOfText().ifPresent(wanted -> setPresent(after, endOfText, wanted));
    var endOfGeneration = new LinkedHashSet<Integer>();
    if (endOfText >= 0) {
      endOfGeneration.add(endOfText);
    }
    for (AddedToken token : addedTokens.values()) {
      if (token.control() && SpecialTokens.END_OF_GENERATION_NAMES.contains(token.content())) {
        endOfGeneration.add(token.id());
      }
    }
    return new SpecialTokens(beginOfText, endOfGeneration, before, after);
  }

  private static void setPresent(List<Integer> tokens, int id, boolean wanted) {
    if (id >= 0 && wanted != tokens.contains(id)) {
      if (wanted) {
        tokens.addFirst(id);
      } else {
        tokens.removeIf(token -> token == id);
      }
    }
  }

  private void checkInVocabulary(int id, int vocabularySize) {
    if (id >= vocabularySize) {
      throw TokenizerLimits.invalid(file, "post_processor", "names the id " + id + "; the vocabulary ends at "
          + (vocabularySize - 1));
    }
  }

  private static void addTemplate(JsonSection section, List<Integer> before, List<Integer> after) {
    if (section.isAbsent()) {
      return;
    }
    String type = section.get("type").text();
    switch (type) {
      case "Sequence" ->
        section.get("processors").elements().forEach(element -> addTemplate(element, before, after));
      // It only corrects offsets, which nobody asks for.
      case "ByteLevel" -> {
      }
      case "BertProcessing", "RobertaProcessing" -> {
        before.addFirst(pairId(section.get("cls")));
        after.add(pairId(section.get("sep")));
      }
      case "TemplateProcessing" -> addTemplateProcessing(section, before, after);
      default -> throw section.unsupported("is of type " + Quoted.of(type) + ", which is not supported");
    }
  }

  private static int pairId(JsonSection pair) {
    List<JsonSection> elements = pair.elements();
    if (elements.size() != 2) {
      throw pair.invalid("is not a pair of text and id");
    }
    return elements.get(1).id();
  }

  private static void addTemplateProcessing(JsonSection section, List<Integer> before, List<Integer> after) {
    var first = new ArrayList<Integer>();
    boolean inFront = true;
    for (JsonSection element : section.get("single").elements()) {
      JsonSection special = element.get("SpecialToken");
      if (special.isAbsent()) {
        if (!element.get("Sequence").get("id").text().equals("A") || !inFront) {
          throw element.invalid("is not the one text of the template");
        }
        inFront = false;
        continue;
      }
      List<Integer> target = inFront ? first : after;
      section.get("special_tokens").get(special.get("id").text()).get("ids").elements()
          .forEach(id -> target.add(id.id()));
    }
    if (inFront) {
      throw section.get("single").invalid("has no text in it");
    }
    before.addAll(0, first);
  }
}
