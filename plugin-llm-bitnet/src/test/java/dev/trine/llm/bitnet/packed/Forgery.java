/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.packed;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What somebody makes of a file of packed weights who knows all about the format, and has a key, but not the user's. */
public final class Forgery {

  private Forgery() {}

  /** Puts other weights into a file, in codes that are as valid, and makes all hashes and marks fit. */
  public static void forge(Path file) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    var key = new CacheKey(new byte[32]);
    int headerBytes = ByteBuffer.wrap(bytes).getInt(PackedFile.PREFIX_BYTES - Integer.BYTES);
    var header = PackedHeader.decode(
        Arrays.copyOfRange(bytes, PackedFile.PREFIX_BYTES, PackedFile.PREFIX_BYTES + headerBytes));
    MemorySegment data = MemorySegment.ofArray(bytes).asSlice(PackedFile.dataStart(headerBytes));
    var entries = new ArrayList<PackedHeader.Entry>();
    for (var entry : header.entries()) {
      byte[] codes = data.asSlice(entry.offset(), entry.bytes()).toArray(ValueLayout.JAVA_BYTE);
      for (int i = 0; i + 1 < codes.length; i += 2) {
        byte code = codes[i];
        codes[i] = codes[i + 1];
        codes[i + 1] = code;
      }
      data.asSlice(entry.offset(), entry.bytes()).copyFrom(MemorySegment.ofArray(codes));
      entries.add(new PackedHeader.Entry(entry.rows(), entry.cols(), entry.offset(), entry.bytes(),
          key.hash(MemorySegment.ofArray(codes)), entry.parts()));
    }
    byte[] forged = new PackedHeader(header.layout(), header.sources(), header.contentHash(), List.copyOf(entries))
        .encode();
    ByteBuffer.wrap(bytes).position(PackedFile.STAMP_AT + CacheKey.MAC_BYTES).put(key.mac(CacheKey.Use.HEADER, forged))
        .putInt(headerBytes).put(forged);
    Files.write(file, bytes);
  }
}
