/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.tokenizer;

import dev.trine.api.PlatformException;
import dev.trine.api.StandardErrorCode;

/** What a vocabulary may be at most, so that no file can exhaust memory or time. */
final class TokenizerLimits {
  /** Ids are below this; the largest published vocabularies have under 300,000. */
  static final int MOST_TOKENS = 1_000_000;
  static final int MOST_MERGES = 2_000_000;
  static final int LONGEST_TOKEN_BYTES = 65_536;

  private TokenizerLimits() {}

  static PlatformException invalid(String file, String field, String problem) {
    return new PlatformException(StandardErrorCode.MODEL_INVALID, file + ": " + field + " " + problem);
  }

  static PlatformException unsupported(String file, String field, String problem) {
    return new PlatformException(StandardErrorCode.MODEL_UNSUPPORTED, file + ": " + field + " " + problem);
  }

  /** Checks an id of a file; returns it. */
  static int checkId(String file, String field, long id) {
    if (id < 0 || id >= MOST_TOKENS) {
      throw invalid(file, field, "is " + id + ", expected an id from 0 to " + (MOST_TOKENS - 1));
    }
    return (int) id;
  }
}
