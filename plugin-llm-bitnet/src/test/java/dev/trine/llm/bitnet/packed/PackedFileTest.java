/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.packed;

import com.sun.management.ThreadMXBean;
import dev.trine.llm.bitnet.packed.CacheKey.Use;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Each of a file's checks for itself, where others would find the damage as well. */
class PackedFileTest {

  private static final int DATA_BYTES = 5000;
  private static final SourceFiles SOURCES = new SourceFiles(List.of(new SourceFiles.SourceFile("a", 3)), "today");
  private static final PackedHeader PLANNED = PackedHeader.ofOne("screen-9", SOURCES, 10, 20, DATA_BYTES, "head");

  private final CacheKey key = key(1);

  @TempDir
  private Path folder = Path.of("");

  private static CacheKey key(int seed) {
    var secret = new byte[32];
    Arrays.fill(secret, (byte) seed);
    return new CacheKey(secret);
  }

  private Path write() throws IOException {
    Path path = folder.resolve("file.packed");
    var data = new byte[DATA_BYTES];
    for (int i = 0; i < data.length; i++) {
      data[i] = (byte) i;
    }
    try (var channel = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      PackedFileWriter.writeOne(channel, PLANNED, 77, MemorySegment.ofArray(data), SOURCES, key);
    }
    return path;
  }

  private static String refusal(Path path, CacheKey key) {
    return assertThrows(PackedFile.Unusable.class, () -> {
      try (var file = PackedFile.open(path, PLANNED, key)) {
        file.mapOnly();
      }
    }).reason();
  }

  @Test
  void opensWhatWasWrittenWithTheSameKey() throws Exception {
    try (var file = PackedFile.open(write(), PLANNED, key)) {
      assertEquals(77, file.header().contentHash());
      assertTrue(file.isStampedBy(SOURCES));
      assertFalse(file.isStampedBy(new SourceFiles(SOURCES.files(), "tomorrow")));
      assertEquals(DATA_BYTES, file.mapOnly().byteSize());
    }
  }

  @Test
  void refusesAHeaderThatAnotherKeyHasMarked() throws IOException {
    Path path = write();
    assertTrue(refusal(path, key(2)).contains("key of this user"));
    int headerBytes = PLANNED.encode().length;
    byte[] bytes = Files.readAllBytes(path);
    byte[] header = Arrays.copyOfRange(bytes, PackedFile.PREFIX_BYTES, PackedFile.PREFIX_BYTES + headerBytes);
    byte[] mac = key(2).mac(Use.HEADER, header);
    Files.write(path, ByteBuffer.wrap(bytes).put(PackedFile.STAMP_AT + CacheKey.MAC_BYTES, mac).array());
    assertTrue(refusal(path, key).contains("key of this user"));
  }

  @Test
  void refusesContentsThatDoNotHaveTheMarkedHash() throws IOException {
    Path path = write();
    try (var access = new RandomAccessFile(path.toFile(), "rw")) {
      access.seek(access.length() - 1);
      access.write(99);
    }
    assertEquals("its weights are damaged", refusal(path, key));
  }

  @Test
  void readsNoHeaderOfAnotherLengthThanPlanned() throws IOException {
    var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    Path path = write();
    int claimed = 60 << 20;
    try (var access = new RandomAccessFile(path.toFile(), "rw")) {
      access.seek(PackedFile.PREFIX_BYTES - Integer.BYTES);
      access.writeInt(claimed);
      access.setLength(2L * claimed);
    }
    long before = threads.getCurrentThreadAllocatedBytes();
    assertEquals("it holds other weights", refusal(path, key));
    long allocated = threads.getCurrentThreadAllocatedBytes() - before;
    assertTrue(allocated < claimed / 4, () -> allocated + " bytes");
  }
}
