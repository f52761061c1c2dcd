/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.packed;

import dev.trine.compute.kernel.TernaryLayout;
import dev.trine.compute.kernel.TernaryMatrix;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.LongConsumer;

/**
 * Packs weights into a file. They are packed in memory and then written rather than packed into a mapping: on a disk that becomes
 * full, writing fails, where storing into a mapping ends the process.
 */
final class PackedFileWriter {

  private static final long WRITE_BYTES = 1 << 24;

  private final FileChannel channel;
  private final TernaryLayout layout;
  private final List<MatrixRecipe> recipes;
  private final PackedHeader planned;
  private final CacheKey key;
  private final long dataStart;
  private final long[] contentHashes;
  private final PackedHeader.Entry[] entries;

  PackedFileWriter(FileChannel channel, TernaryLayout layout, List<MatrixRecipe> recipes, PackedHeader planned,
      CacheKey key) {
    this.channel = channel;
    this.layout = layout;
    this.recipes = recipes;
    this.planned = planned;
    this.key = key;
    this.dataStart = PackedFile.dataStart(planned.encode().length);
    this.contentHashes = new long[recipes.size()];
    this.entries = new PackedHeader.Entry[recipes.size()];
  }

  /** Writes everything, the header last, and waits until it is on the disk. */
  void write(SourceFiles sources, int threads, LongConsumer packedBytes) throws IOException {
    try (Arena arena = Arena.ofShared()) {
      long largest = planned.entries().stream().mapToLong(PackedHeader.Entry::bytes).max().orElse(0);
      var buffers = new ConcurrentLinkedQueue<MemorySegment>();
      Parallel.run(recipes.size(), threads, index -> {
        MemorySegment buffer = buffers.poll();
        if (buffer == null) {
          buffer = arena.allocate(largest, TernaryMatrix.ALIGNMENT);
        }
        packAndWrite(index, buffer);
        buffers.add(buffer);
        packedBytes.accept(entries[index].bytes());
      });
    }
    writeHeader(channel, new PackedHeader(planned.layout(), planned.sources(), key.combine(contentHashes),
        List.of(entries)), sources, key);
    channel.force(true);
  }

  private void packAndWrite(int index, MemorySegment buffer) throws IOException {
    MatrixRecipe recipe = recipes.get(index);
    PackedHeader.Entry entry = planned.entries().get(index);
    contentHashes[index] = recipe.contentHash(key);
    List<Float> scales = recipe.scales();
    MemorySegment packed = buffer.asSlice(0, entry.bytes());
    TernaryMatrix.packInto(layout, entry.rows(), entry.cols(), recipe::row, packed);
    var parts = new ArrayList<PackedHeader.Part>();
    for (int i = 0; i < scales.size(); i++) {
      PackedHeader.Part part = entry.parts().get(i);
      parts.add(new PackedHeader.Part(part.description(), part.rows(), scales.get(i)));
    }
    entries[index] = new PackedHeader.Entry(entry.rows(), entry.cols(), entry.offset(), entry.bytes(),
        key.hash(packed), List.copyOf(parts));
    writeFully(channel, packed, dataStart + entry.offset());
  }

  /** Writes a file with one matrix that is packed already, the header last, and waits until it is on the disk. */
  static void writeOne(FileChannel channel, PackedHeader planned, long contentHash, MemorySegment packed,
      SourceFiles sources, CacheKey key) throws IOException {
    PackedHeader.Entry entry = planned.entries().getFirst();
    writeFully(channel, packed, PackedFile.dataStart(planned.encode().length));
    writeHeader(channel, new PackedHeader(planned.layout(), planned.sources(), contentHash, List.of(
        new PackedHeader.Entry(entry.rows(), entry.cols(), entry.offset(), entry.bytes(), key.hash(packed),
            entry.parts()))),
        sources, key);
    channel.force(true);
  }

  private static void writeFully(FileChannel channel, MemorySegment packed, long position) throws IOException {
    for (long at = 0; at < packed.byteSize(); at += WRITE_BYTES) {
      writeFully(channel, packed.asSlice(at, Math.min(WRITE_BYTES, packed.byteSize() - at)).asByteBuffer(),
          position + at);
    }
  }

  private static void writeHeader(FileChannel channel, PackedHeader whole, SourceFiles sources, CacheKey key)
      throws IOException {
    byte[] header = whole.encode();
    byte[] mac = key.mac(CacheKey.Use.HEADER, header);
    var buffer = ByteBuffer.allocate(PackedFile.PREFIX_BYTES + header.length).put(PackedFile.MAGIC)
        .put(sources.stamp(key, mac)).put(mac).putInt(header.length).put(header).flip();
    writeFully(channel, buffer, 0);
  }

  private static void writeFully(FileChannel channel, ByteBuffer bytes, long position) throws IOException {
    long at = position;
    while (bytes.hasRemaining()) {
      at += channel.write(bytes, at);
    }
  }
}
