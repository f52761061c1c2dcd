/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.packed;

import dev.trine.compute.kernel.TernaryLayout;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** In which order a file comes to the disk: it must not get its name before its bytes are there. */
class PackedFileWriterTest {

  private static final SourceFiles SOURCES = new SourceFiles(List.of(new SourceFiles.SourceFile("a", 3)), "today");

  private final CacheKey key = new CacheKey(new byte[32]);
  private final RecordingChannel channel = new RecordingChannel();

  /** All data, then the header, then all of it is forced to the disk. */
  private void assertOrder() {
    List<String> events = channel.events;
    assertTrue(events.size() >= 3, events::toString);
    assertEquals("force true", events.getLast());
    assertEquals("write at 0", events.get(events.size() - 2));
    assertEquals(1, Collections.frequency(events, "write at 0"), events::toString);
  }

  @Test
  void layersAreOnTheDiskWhenTheyAreWritten() throws IOException {
    var part = new MatrixRecipe.Part("zeros", 130, 256, List.of(), () -> 1, (row, trits) -> {});
    var recipes = List.of(new MatrixRecipe(List.of(part)), new MatrixRecipe(List.of(part, part)));
    PackedHeader planned = PackedHeader.plan(TernaryLayout.LUT4, SOURCES, recipes);
    new PackedFileWriter(channel, TernaryLayout.LUT4, recipes, planned, key).write(SOURCES, 2, bytes -> {});
    assertOrder();
  }

  @Test
  void aCopyOfAHeadIsOnTheDiskWhenItIsWritten() throws IOException {
    PackedHeader planned = PackedHeader.ofOne("screen-9", SOURCES, 10, 20, 5000, "head");
    PackedFileWriter.writeOne(channel, planned, 77, MemorySegment.ofArray(new byte[5000]), SOURCES, key);
    assertOrder();
  }

  /** Keeps nothing but what was asked of it. */
  private static final class RecordingChannel extends FileChannel {
    private final List<String> events = Collections.synchronizedList(new ArrayList<>());

    @Override
    public int write(ByteBuffer source, long position) {
      events.add("write at " + position);
      int count = source.remaining();
      source.position(source.limit());
      return count;
    }

    @Override
    public void force(boolean metaData) {
      events.add("force " + metaData);
    }

    @Override
    protected void implCloseChannel() {}

    @Override
    public int read(ByteBuffer target) {
      throw new UnsupportedOperationException();
    }

    @Override
    public long read(ByteBuffer[] targets, int offset, int length) {
      throw new UnsupportedOperationException();
    }

    @Override
    public int read(ByteBuffer target, long position) {
      throw new UnsupportedOperationException();
    }

    @Override
    public int write(ByteBuffer source) {
      throw new UnsupportedOperationException();
    }

    @Override
    public long write(ByteBuffer[] sources, int offset, int length) {
      throw new UnsupportedOperationException();
    }

    @Override
    public long position() {
      throw new UnsupportedOperationException();
    }

    @Override
    public FileChannel position(long newPosition) {
      throw new UnsupportedOperationException();
    }

    @Override
    public long size() {
      throw new UnsupportedOperationException();
    }

    @Override
    public FileChannel truncate(long size) {
      throw new UnsupportedOperationException();
    }

    @Override
    public long transferTo(long position, long count, WritableByteChannel target) {
      throw new UnsupportedOperationException();
    }

    @Override
    public long transferFrom(ReadableByteChannel source, long position, long count) {
      throw new UnsupportedOperationException();
    }

    @Override
    public MappedByteBuffer map(MapMode mode, long position, long size) {
      throw new UnsupportedOperationException();
    }

    @Override
    public FileLock lock(long position, long size, boolean shared) {
      throw new UnsupportedOperationException();
    }

    @Override
    public FileLock tryLock(long position, long size, boolean shared) {
      throw new UnsupportedOperationException();
    }
  }
}
