/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Builds a tokenizer from GGUF metadata. */
final class GgufTokenizer {
  private static final int LLAMA3_BEGIN_OF_TEXT = 128_000;
  private static final String MERGES = "tokenizer.ggml.merges";
  private static final int[] NO_TYPES = new int[0];

  private final String file;
  private final GgufVocabulary metadata;
  private final boolean sentencePiece;
  private final List<String> warnings = new ArrayList<>();
  private final List<ScoredPiece> pieces = new ArrayList<>();
  private final int beginOfText;
  private final int endOfText;
  private final int unknownToken;

  private GgufTokenizer(String file, GgufVocabulary metadata) {
    this.file = file;
    this.metadata = metadata;
    sentencePiece = switch (metadata.model()) {
      case "llama" -> true;
      case "gpt2" -> false;
      default -> throw TokenizerLimits.unsupported(file, "tokenizer.ggml.model",
          "is " + Quoted.of(metadata.model()) + ", which is not supported; expected 'gpt2' or 'llama'");
    };
    // The ids that SentencePiece vocabularies of this kind have when the file does not say.
    beginOfText = id("bos_token_id", metadata.beginOfTextId(), usualId(1, 3));
    endOfText = id("eos_token_id", metadata.endOfTextId(), usualId(2, 3));
    unknownToken = id("unknown_token_id", metadata.unknownId(), usualId(0, 2));
  }

  static Tokenizer build(String file, GgufVocabulary metadata) {
    var builder = new GgufTokenizer(file, metadata);
    builder.readPieces();
    return builder.sentencePiece ? builder.sentencePieceTokenizer() : builder.byteLevelTokenizer();
  }

  /** The id if the file's types do not speak against it; otherwise -1. */
  private int usualId(int id, int type) {
    int[] types = metadata.types();
    boolean fits = sentencePiece && id < metadata.tokens().size()
        && (types == null || (id < types.length && types[id] == type));
    return fits ? id : -1;
  }

  private int id(String key, @Nullable Integer value, int whenAbsent) {
    if (value == null) {
      return whenAbsent;
    }
    if (value < -1 || value >= metadata.tokens().size()) {
      throw TokenizerLimits.invalid(file, "tokenizer.ggml." + key,
          "is " + value + "; the vocabulary ends at " + (metadata.tokens().size() - 1));
    }
    return value;
  }

  private void readPieces() {
    int size = metadata.tokens().size();
    if (size > TokenizerLimits.MOST_TOKENS) {
      throw TokenizerLimits.invalid(file, "tokenizer.ggml.tokens", "has " + size + " entries; at most "
          + TokenizerLimits.MOST_TOKENS + " are read");
    }
    float[] scores = metadata.scores();
    if (scores == null && sentencePiece) {
      throw TokenizerLimits.invalid(file, "tokenizer.ggml.scores", "is missing");
    }
    if (scores != null && scores.length != size) {
      throw TokenizerLimits.invalid(file, "tokenizer.ggml.scores",
          "has " + scores.length + " entries, expected one for each of " + size + " tokens");
    }
    int[] types = metadata.types() == null ? NO_TYPES : metadata.types();
    if (metadata.types() != null && types.length != size) {
      throw TokenizerLimits.invalid(file, "tokenizer.ggml.token_type",
          "has " + types.length + " entries, expected one for each of " + size + " tokens");
    }
    var control = controlIds();
    for (int id = 0; id < size; id++) {
      var piece = new ScoredPiece(metadata.tokens().get(id), scores == null ? 0 : scores[id], TokenKind.NORMAL);
      TokenKind kind = types.length == 0 ? kindOf(id, piece) : kindOf(id, types[id]);
      if (kind == TokenKind.NORMAL || kind == TokenKind.USER_DEFINED) {
        boolean looksLikeControl = piece.isMatchable() && piece.bytes()[0] == '<'
            && !piece.text().equals("</s>")
            && SpecialTokens.END_OF_GENERATION_NAMES.contains(piece.text());
        if (looksLikeControl) {
          warnings.add("%s: token %d %s ends an answer but is not marked as a control token; it is taken as one"
              .formatted(file, id, Quoted.of(piece.text())));
        }
        kind = looksLikeControl || control.contains(id) ? TokenKind.CONTROL : kind;
      }
      pieces.add(piece.withKind(kind));
    }
    SentencePieceTokenizer.checkUnique(file, pieces);
  }

  private Set<Integer> controlIds() {
    var ids = endingIds();
    ids.add(beginOfText);
    return ids;
  }

  private Set<Integer> endingIds() {
    Set<Integer> ids = new LinkedHashSet<>();
    ids.add(endOfText);
    ids.add(id("eot_token_id", metadata.endOfTurnId(), -1));
    ids.add(id("eom_token_id", metadata.endOfMessageId(), -1));
    ids.remove(-1);
    return ids;
  }

  private TokenKind kindOf(int id, ScoredPiece piece) {
    if (id == unknownToken) {
      return TokenKind.UNKNOWN;
    }
    return sentencePiece && TokenDecoding.byteValue(piece.text()) >= 0 ? TokenKind.BYTE : TokenKind.NORMAL;
  }

  private TokenKind kindOf(int id, int type) {
    return switch (type) {
      case 0, 1 -> TokenKind.NORMAL;
      case 2 -> TokenKind.UNKNOWN;
      case 3 -> TokenKind.CONTROL;
      case 4 -> TokenKind.USER_DEFINED;
      case 5 -> TokenKind.UNUSED;
      case 6 -> TokenKind.BYTE;
      default -> throw TokenizerLimits.invalid(file, "tokenizer.ggml.token_type[" + id + "]",
          "is " + type + ", expected 1 to 6");
    };
  }

  private Tokenizer sentencePieceTokenizer() {
    boolean prefixSpace = orElse(metadata.addSpacePrefix(), true);
    return SentencePieceTokenizer.build(file, pieces,
        new SentencePieceTokenizer.Spacing(SentencePieceTokenizer.SPACE, prefixSpace, false), unknownToken,
        specialTokens(true), warnings);
  }

  private SpecialTokens specialTokens(boolean addsBeginOfText) {
    var before = new ArrayList<Integer>();
    var after = new ArrayList<Integer>();
    if (beginOfText >= 0 && orElse(metadata.addBeginOfText(), addsBeginOfText)) {
      before.add(beginOfText);
    }
    if (endOfText >= 0 && orElse(metadata.addEndOfText(), false)) {
      after.add(endOfText);
    }
    var ending = endingIds();
    for (int id = 0; id < pieces.size(); id++) {
      if (pieces.get(id).kind() == TokenKind.CONTROL
          && SpecialTokens.END_OF_GENERATION_NAMES.contains(pieces.get(id).text())) {
        ending.add(id);
      }
    }
    return new SpecialTokens(beginOfText, ending, before, after);
  }

  private static boolean orElse(@Nullable Boolean value, boolean whenAbsent) {
    return value == null ? whenAbsent : value;
  }

  private Tokenizer byteLevelTokenizer() {
    GgufPreTokenizer preTokenizer = preTokenizer();
    var addedTokens = new AddedTokenMatcher();
    var entries = new ArrayList<Vocabulary.Entry>();
    // What merges name: normal tokens as written, user-defined ones in the byte alphabet.
    var named = new ByteTable(pieces.size());
    var encodable = new ByteTable(pieces.size());
    for (int id = 0; id < pieces.size(); id++) {
      ScoredPiece piece = pieces.get(id);
      boolean userDefined = piece.kind() == TokenKind.USER_DEFINED;
      if ((userDefined || piece.kind().isControl()) && piece.isMatchable()
          && piece.text().length() <= AddedTokenMatcher.LONGEST_CONTENT) {
        addedTokens.add(piece.text(), AddedToken.plain(id, piece.text(), !userDefined));
      }
      boolean spelt = piece.kind() == TokenKind.NORMAL && piece.isMatchable();
      if (piece.isMatchable()) {
        named.putIfAbsent(piece.bytes(), id);
        if (spelt) {
          encodable.putIfAbsent(piece.bytes(), id);
        }
      }
      entries.add(new Vocabulary.Entry(piece, spelt ? ByteLevel.decode(piece.bytes()) : piece.bytes()));
    }
    for (int id = 0; id < pieces.size(); id++) {
      if (pieces.get(id).kind() == TokenKind.USER_DEFINED && pieces.get(id).isMatchable()) {
        byte[] mapped = ByteLevel.encode(pieces.get(id).text()).getBytes(StandardCharsets.UTF_8);
        named.putIfAbsent(mapped, id);
        encodable.putIfAbsent(mapped, id);
      }
    }
    var encoder = new BytePairEncoder(pieces.size(), symbols(encodable), merges(named, encodable),
        preTokenizer.ignoresMerges() ? piece -> encodable.get(piece.getBytes(StandardCharsets.UTF_8)) : null, null,
        unknownToken, false);
    return new BytePairTokenizer(new Vocabulary(entries),
        new BytePairTokenizer.AddedTokens(addedTokens, new AddedTokenMatcher()), List.of(), preTokenizer.steps(file),
        encoder, new LeadingSpace.Kept(), specialTokens(preTokenizer.addsBeginOfText()), warnings);
  }

  private GgufPreTokenizer preTokenizer() {
    String name = metadata.preTokenizer() == null ? "" : metadata.preTokenizer();
    if (pieces.size() > LLAMA3_BEGIN_OF_TEXT && pieces.get(LLAMA3_BEGIN_OF_TEXT).text().equals("<|begin_of_text|>")) {
      return GgufPreTokenizer.LLAMA_BPE;
    }
    if (name.equals("falcon_e")) {
      warnings.add(file + ": tokenizer.ggml.pre is 'falcon_e'; text is split as for 'llama-bpe'");
      return GgufPreTokenizer.LLAMA_BPE;
    }
    return GgufPreTokenizer.named(name).orElseGet(() -> {
      warnings.add("%s: tokenizer.ggml.pre is %s; text is split by the default rules, which may be wrong for this model"
          .formatted(file, name.isEmpty() ? "missing" : Quoted.of(name)));
      return GgufPreTokenizer.DEFAULT;
    });
  }

  /** The tokens of one code point. */
  private Map<Integer, Integer> symbols(ByteTable encodable) {
    var symbols = new HashMap<Integer, Integer>();
    for (ScoredPiece piece : pieces) {
      byte[] bytes = piece.bytes();
      if (piece.isMatchable() && Utf8.length(bytes[0] & 0xFF) == bytes.length) {
        addSymbol(symbols, encodable, piece.text());
      }
      if (piece.isMatchable() && bytes.length == 1 && piece.kind() == TokenKind.USER_DEFINED) {
        addSymbol(symbols, encodable, ByteLevel.encode(piece.text()));
      }
    }
    return symbols;
  }

  private static void addSymbol(Map<Integer, Integer> symbols, ByteTable encodable, String character) {
    int id = encodable.get(character.getBytes(StandardCharsets.UTF_8));
    if (id >= 0) {
      symbols.put(character.codePointAt(0), id);
    }
  }

  private LongTable merges(ByteTable named, ByteTable encodable) {
    List<byte[]> texts = metadata.merges();
    if (texts == null) {
      throw TokenizerLimits.invalid(file, MERGES, "is missing");
    }
    if (texts.size() > TokenizerLimits.MOST_MERGES) {
      throw TokenizerLimits.invalid(file, MERGES, "has " + texts.size() + " entries; at most "
          + TokenizerLimits.MOST_MERGES + " are read");
    }
    var merges = new LongTable();
    var joined = new byte[256];
    for (int rank = 0; rank < texts.size(); rank++) {
      byte[] text = texts.get(rank);
      int space = Merge.spaceIn(file, MERGES, rank, text);
      if (joined.length < text.length) {
        joined = new byte[2 * text.length];
      }
      System.arraycopy(text, 0, joined, 0, space);
      System.arraycopy(text, space + 1, joined, space, text.length - space - 1);
      int left = idOf(named, joined, 0, space, rank);
      int right = idOf(named, joined, space, text.length - 1, rank);
      int result = idOf(named, joined, 0, text.length - 1, rank);
      // Merging must not make control tokens out of plain text. Of equal merges the first counts.
      if (encodable.get(joined, 0, text.length - 1) >= 0
          && merges.get(LongTable.key(left, right)) == LongTable.ABSENT) {
        merges.put(LongTable.key(left, right), LongTable.key(rank, result));
      }
    }
    return merges;
  }

  private int idOf(ByteTable named, byte[] bytes, int from, int to, int rank) {
    int id = named.get(bytes, from, to);
    if (id < 0) {
      throw Merge.unknown(file, MERGES, rank, new String(bytes, from, to - from, StandardCharsets.UTF_8));
    }
    return id;
  }
}
