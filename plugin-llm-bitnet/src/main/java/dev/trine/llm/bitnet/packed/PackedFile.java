/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.packed;

import dev.trine.api.PlatformException;
import dev.trine.api.StandardErrorCode;
import dev.trine.compute.kernel.TernaryLayout;
import dev.trine.compute.kernel.TernaryMatrix;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A file of packed weights, mapped read-only, so that all processes that use it share its memory. It begins, big-endian, with a
 * magic that counts versions of this format (8 bytes), the {@link SourceFiles#stamp} of the files it was packed from (32), the
 * header's mark (32), the header's length (4), and the header; the matrices follow from the next multiple of 4096 on.
 *
 * <p>Nothing in the file is trusted: the header must be as long as what packing would write, be marked with this user's key, and be
 * what packing would write; the matrices must have the hashes in it, and every byte must be a code of the layout.
 */
final class PackedFile implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(PackedFile.class);

  static final byte[] MAGIC = "TRINEPW2".getBytes(StandardCharsets.US_ASCII);
  static final int STAMP_AT = MAGIC.length;
  static final int PREFIX_BYTES = MAGIC.length + 2 * CacheKey.MAC_BYTES + Integer.BYTES;

  /** Why a file cannot be used, though it can be read. */
  static final class Unusable extends Exception {
    private static final long serialVersionUID = 1;

    Unusable(String reason) {
      super(reason);
    }

    String reason() {
      return String.valueOf(getMessage());
    }
  }

  private final Path path;
  private final FileChannel channel;
  private final long size;
  private final PackedHeader header;
  private final byte[] stamp;
  private final byte[] mac;
  private final CacheKey key;
  private final Arena arena = Arena.ofShared();

  private PackedFile(Path path, FileChannel channel, PackedHeader header, byte[] stamp, byte[] mac, CacheKey key)
      throws IOException {
    this.path = path;
    this.channel = channel;
    this.size = channel.size();
    this.header = header;
    this.stamp = stamp;
    this.mac = mac;
    this.key = key;
  }

  /**
   * Opens a file and checks its header.
   *
   * @param planned what the file must hold
   * @param key     what it must be marked with
   * @throws Unusable    when it holds something else, or is damaged
   * @throws IOException when it cannot be read, such as when it is not there
   */
  static PackedFile open(Path path, PackedHeader planned, CacheKey key) throws IOException, Unusable {
    FileChannel channel = RegularFile.open(path, StandardOpenOption.READ);
    boolean opened = false;
    try {
      byte[] encoded = planned.encode();
      PackedFile file = read(path, channel, encoded.length, key);
      long expected = dataStart(encoded.length) + planned.dataBytes();
      if (!file.header.matches(planned)) {
        throw new Unusable("it holds other weights");
      }
      if (file.size != expected) {
        throw new Unusable("it has " + file.size + " bytes, expected " + expected);
      }
      opened = true;
      return file;
    } finally {
      if (!opened) {
        channel.close();
      }
    }
  }

  private static PackedFile read(Path path, FileChannel channel, int headerBytes, CacheKey key)
      throws IOException, Unusable {
    try {
      ByteBuffer prefix = read(channel, 0, PREFIX_BYTES);
      var magic = new byte[MAGIC.length];
      prefix.get(magic);
      if (!Arrays.equals(magic, MAGIC)) {
        throw new Unusable("it is of another format or version");
      }
      var stamp = new byte[CacheKey.MAC_BYTES];
      prefix.get(stamp);
      var mac = new byte[CacheKey.MAC_BYTES];
      prefix.get(mac);
      // Hashes and scales, which alone are not planned, take the same space whatever they are.
      if (prefix.getInt() != headerBytes) {
        throw new Unusable("it holds other weights");
      }
      byte[] header = read(channel, PREFIX_BYTES, headerBytes).array();
      if (!key.isMac(mac, CacheKey.Use.HEADER, header)) {
        throw new Unusable("it is damaged, or was not made with the key of this user");
      }
      return new PackedFile(path, channel, PackedHeader.decode(header), stamp, mac, key);
    } catch (EOFException e) {
      throw new Unusable("it is cut off");
    }
  }

  private static ByteBuffer read(FileChannel channel, long position, int length) throws IOException {
    var buffer = ByteBuffer.allocate(length);
    while (buffer.hasRemaining()) {
      if (channel.read(buffer, position + buffer.position()) < 0) {
        throw new EOFException();
      }
    }
    return buffer.flip();
  }

  /** Where the matrices begin. */
  static long dataStart(int headerBytes) {
    return PackedHeader.roundUp((long) PREFIX_BYTES + headerBytes);
  }

  PackedHeader header() {
    return header;
  }

  /** Whether the files it was packed from are the very same, untouched since. */
  boolean isStampedBy(SourceFiles sources) {
    return MessageDigest.isEqual(stamp, sources.stamp(key, mac));
  }

  /** Writes down that the files it was packed from were found to hold the same weights. */
  void restamp(SourceFiles sources) throws IOException {
    try (var out = RegularFile.open(path, StandardOpenOption.WRITE)) {
      // All at once: who reads meanwhile sees the old stamp or the new one, or takes a mixture for a stranger's.
      out.write(ByteBuffer.wrap(sources.stamp(key, mac)), STAMP_AT);
    }
  }

  /**
   * Maps the matrices and checks every byte.
   *
   * @return matrices that live until this file is closed
   * @throws Unusable when bytes are damaged
   */
  List<PackedMatrix> map(TernaryLayout layout, int threads) throws IOException, Unusable {
    MemorySegment data = channel.map(MapMode.READ_ONLY, dataStart(header.encode().length), header.dataBytes(), arena);
    var entries = header.entries();
    var matrices = new PackedMatrix[entries.size()];
    var damaged = new boolean[entries.size()];
    Parallel.run(matrices.length, threads, index -> {
      var entry = entries.get(index);
      MemorySegment bytes = data.asSlice(entry.offset(), entry.bytes());
      List<Float> scales = entry.parts().stream().map(PackedHeader.Part::scale).toList();
      if (key.hash(bytes) != entry.hash() || !scales.stream().allMatch(Float::isFinite)) {
        damaged[index] = true;
        return;
      }
      try {
        matrices[index] = new PackedMatrix(TernaryMatrix.wrap(layout, entry.rows(), entry.cols(), bytes), scales);
      } catch (PlatformException e) {
        damaged[index] = true;
      }
    });
    for (boolean one : damaged) {
      if (one) {
        throw new Unusable("its weights are damaged");
      }
    }
    return List.of(matrices);
  }

  /**
   * Maps the only matrix and checks that its bytes are those that were written.
   *
   * @return memory that lives until this file is closed
   * @throws Unusable when bytes are damaged
   */
  MemorySegment mapOnly() throws IOException, Unusable {
    MemorySegment data = channel.map(MapMode.READ_ONLY, dataStart(header.encode().length), header.dataBytes(), arena);
    if (key.hash(data) != header.entries().getFirst().hash()) {
      throw new Unusable("its weights are damaged");
    }
    return data;
  }

  /**
   * Reading what was cut off since it was mapped would end the process.
   *
   * @throws PlatformException {@code MODEL_UNAVAILABLE} naming the file when it has another size than it was mapped with
   */
  void requireUnchanged() {
    try {
      if (channel.size() == size) {
        return;
      }
    } catch (IOException e) {
      log.debug("{} cannot be looked at", path, e);
    }
    throw new PlatformException(StandardErrorCode.MODEL_UNAVAILABLE,
        path + " has another size than when it was loaded; start again to make it anew");
  }

  Path path() {
    return path;
  }

  /** Ends the mapping. */
  @Override
  public void close() {
    arena.close();
    try {
      channel.close();
    } catch (IOException e) {
      log.debug("{} cannot be closed", path, e);
    }
  }
}
