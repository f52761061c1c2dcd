/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.packed;

import java.nio.ByteBuffer;

/** Hashes of hashes. */
final class Hashes {

  private Hashes() {}

  /** One hash for several, which their order changes. */
  static long combine(long... hashes) {
    var bytes = ByteBuffer.allocate(hashes.length * Long.BYTES);
    for (long hash : hashes) {
      bytes.putLong(hash);
    }
    return XxHash64.hash(bytes.array());
  }
}
