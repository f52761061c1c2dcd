/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.packed;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * By what files of packed weights are known that this user's processes have made. Such files lie where others may write, or come with
 * a model from elsewhere; who does not have the secret can neither mark a file, nor make contents to a hash that a marked file has.
 *
 * <p>Marks are HMAC-SHA256. Contents are too large for it: they are added up by {@link BlockSums}, and only the sums are hashed.
 */
final class CacheKey {

  /** Size of a mark. */
  static final int MAC_BYTES = 32;

  /** Bytes of sums; few at once take longer than hashing them. */
  private static final int HASHED_AT_ONCE = 4096;
  private static final String ALGORITHM = "HmacSHA256";

  /** What bytes are hashed for; those for one use say nothing about another. */
  enum Use {
    HEADER, STAMP, CONTENTS, HASHES, MULTIPLIERS
  }

  private final SecretKeySpec secret;
  private final BlockSums sums;

  CacheKey(byte[] secret) {
    this.secret = new SecretKeySpec(secret, ALGORITHM);
    var multipliers = ByteBuffer.allocate(BlockSums.MULTIPLIERS * Long.BYTES);
    for (int i = 0; multipliers.hasRemaining(); i++) {
      multipliers.put(mac(Use.MULTIPLIERS, new byte[]{(byte) (i >> 8), (byte) i}));
    }
    var words = new long[BlockSums.MULTIPLIERS];
    multipliers.flip().asLongBuffer().get(words);
    this.sums = new BlockSums(words);
  }

  /** 32 bytes that follow from the parts and the secret. */
  byte[] mac(Use use, byte[]... parts) {
    Mac mac = begin(use);
    for (byte[] part : parts) {
      mac.update(ByteBuffer.allocate(Integer.BYTES).putInt(part.length).flip());
      mac.update(part);
    }
    return mac.doFinal();
  }

  /** Whether a mark is right; takes equally long wherever it is wrong. */
  boolean isMac(byte[] mac, Use use, byte[]... parts) {
    return MessageDigest.isEqual(mac, mac(use, parts));
  }

  /** A hash of contents of any size. */
  long hash(MemorySegment contents) {
    Mac mac = begin(Use.CONTENTS);
    var some = ByteBuffer.allocate(HASHED_AT_ONCE);
    sums.forEach(contents, sum -> {
      if (!some.hasRemaining()) {
        mac.update(some.flip());
        some.clear();
      }
      some.putLong(sum);
    });
    mac.update(some.flip());
    mac.update(some.clear().putLong(contents.byteSize()).flip());
    return ByteBuffer.wrap(mac.doFinal()).getLong();
  }

  /** One hash for several, which their order changes. */
  long combine(long... hashes) {
    var bytes = ByteBuffer.allocate(hashes.length * Long.BYTES);
    bytes.asLongBuffer().put(hashes);
    return ByteBuffer.wrap(mac(Use.HASHES, bytes.array())).getLong();
  }

  private Mac begin(Use use) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(secret);
      mac.update(use.name().getBytes(StandardCharsets.US_ASCII));
      mac.update((byte) 0);
      return mac;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has " + ALGORITHM, e);
    }
  }
}
