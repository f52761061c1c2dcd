/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.tokenizer;

import java.util.List;
import java.util.Set;

/**
 * Byte-level and SentencePiece BPE, which differ in their parts alone: added tokens are cut out of the text, the rest is normalised,
 * split into pieces and encoded.
 */
final class BytePairTokenizer implements Tokenizer {
  private static final char REPLACEMENT = '\uFFFD';

  private final Vocabulary vocabulary;
  private final AddedTokens addedTokens;
  private final List<TextNormalizer> normalizers;
  private final List<PreTokenizer> preTokenizers;
  private final BytePairEncoder encoder;
  private final LeadingSpace leadingSpace;
  private final SpecialTokens specialTokens;
  private final List<String> warnings;

  /**
   * The added tokens.
   *
   * @param inText looked for in the text as written, first
   * @param inNormalizedText looked for in the normalised text between the former
   */
  record AddedTokens(AddedTokenMatcher inText, AddedTokenMatcher inNormalizedText) {}

  BytePairTokenizer(Vocabulary vocabulary, AddedTokens addedTokens, List<TextNormalizer> normalizers,
      List<PreTokenizer> preTokenizers, BytePairEncoder encoder, LeadingSpace leadingSpace, SpecialTokens specialTokens,
      List<String> warnings) {
    this.vocabulary = vocabulary;
    this.addedTokens = addedTokens;
    this.normalizers = List.copyOf(normalizers);
    this.preTokenizers = List.copyOf(preTokenizers);
    this.encoder = encoder;
    this.leadingSpace = leadingSpace;
    this.specialTokens = specialTokens;
    this.warnings = List.copyOf(warnings);
  }

  @Override
  public int vocabularySize() {
    return vocabulary.size();
  }

  @Override
  public int[] encodeFragments(List<TextFragment> fragments) {
    var ids = new TokenIds();
    encode(fragments, ids);
    return ids.toArray();
  }

  @Override
  public int[] encodeWithSpecial(String text) {
    var ids = new TokenIds();
    specialTokens.before().forEach(ids::add);
    encode(List.of(new TextFragment(text, true)), ids);
    specialTokens.after().forEach(ids::add);
    return ids.toArray();
  }

  private void encode(List<TextFragment> fragments, TokenIds ids) {
    String text;
    if (fragments.size() == 1) {
      text = fragments.getFirst().text();
    } else {
      var joined = new StringBuilder();
      fragments.forEach(fragment -> joined.append(fragment.text()));
      text = joined.toString();
    }
    String wellFormed = replaceLoneSurrogates(text);
    TrustMap trust = TrustMap.of(fragments);
    addedTokens.inText().split(wellFormed, trust, new AddedTokenMatcher.PartConsumer() {
      @Override
      public void text(int start, int end) {
        encodeNormalized(wellFormed.substring(start, end), trust.slice(start, end), start == 0, ids);
      }

      @Override
      public void token(int id) {
        ids.add(id);
      }
    });
  }

  private void encodeNormalized(String text, TrustMap trust, boolean atTextStart, TokenIds ids) {
    AddedTokenMatcher matcher = addedTokens.inNormalizedText();
    TextNormalizer.Result normalized = TextNormalizer.applyAll(normalizers, text,
        matcher.hasControlTokens() ? trust : TrustMap.NONE);
    matcher.split(normalized.text(), normalized.trust(), new AddedTokenMatcher.PartConsumer() {
      @Override
      public void text(int start, int end) {
        var piece = new PreTokenizer.Piece(normalized.text().substring(start, end), atTextStart && start == 0);
        for (PreTokenizer.Piece part : PreTokenizer.applyAll(preTokenizers, piece)) {
          encoder.encode(part.text(), ids);
        }
      }

      @Override
      public void token(int id) {
        ids.add(id);
      }
    });
  }

  /** UTF-8 has no form for half a surrogate pair. */
  private static String replaceLoneSurrogates(String text) {
    StringBuilder replaced = null;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (!Character.isSurrogate(c)) {
        continue;
      }
      if (Character.isHighSurrogate(c) && i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))) {
        i++;
        continue;
      }
      if (replaced == null) {
        replaced = new StringBuilder(text);
      }
      replaced.setCharAt(i, REPLACEMENT);
    }
    return replaced == null ? text : replaced.toString();
  }

  @Override
  public boolean addsBeginOfText() {
    return specialTokens.addsBeginOfText();
  }

  @Override
  public int beginOfTextId() {
    return specialTokens.beginOfTextId();
  }

  @Override
  public Set<Integer> endOfGenerationIds() {
    return specialTokens.endOfGenerationIds();
  }

  @Override
  public byte[] tokenBytes(int id) {
    return vocabulary.bytes(id, false).clone();
  }

  @Override
  public boolean isControl(int id) {
    return vocabulary.isControl(id);
  }

  @Override
  public String tokenText(int id) {
    return vocabulary.text(id);
  }

  @Override
  public String decode(int[] ids, boolean skipSpecial) {
    var decoder = new StreamDecoder(vocabulary, leadingSpace, _ -> !skipSpecial);
    var text = new StringBuilder();
    for (int id : ids) {
      decoder.append(id, text);
    }
    return text.append(decoder.flush()).toString();
  }

  @Override
  public StreamDecoder newStreamDecoder(boolean atStartOfText, Set<Integer> shownControlIds) {
    Set<Integer> shown = Set.copyOf(shownControlIds);
    return new StreamDecoder(vocabulary, atStartOfText ? leadingSpace : new LeadingSpace.Kept(), shown::contains);
  }

  @Override
  public int addedTokenId(String text) {
    return vocabulary.addedTokenId(text);
  }

  @Override
  public List<String> warnings() {
    return warnings;
  }
}
