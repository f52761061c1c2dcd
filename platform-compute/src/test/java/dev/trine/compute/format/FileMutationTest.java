/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.format;

import com.sun.management.ThreadMXBean;
import dev.trine.api.PlatformException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

/**
 * Damages the golden files in thousands of ways. Each damaged file is either read to its last value, or refused in a message
 * that names it; nothing else is thrown, and no lie in it makes the reader allocate much.
 */
class FileMutationTest {

  private static final long SEED = 42;
  private static final int MUTATIONS = 1_000;
  private static final long MAX_ALLOCATED_BYTES = 16 << 20;
  private static final long[] EXTREMES = {0, 1, -1, 2, 3, 7, 31, 63, 64, 127, 128, 255, 256, 32_767, 65_535, 65_536,
      Integer.MAX_VALUE, Integer.MIN_VALUE, 0xFFFF_FFFFL, 1L << 32, 1L << 40, Long.MAX_VALUE, Long.MIN_VALUE,
      Long.MAX_VALUE - 31, 0x7FFF_FFFF_FFFF_FFE0L, 1L << 61, 1L << 62};

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  @TempDir
  private Path folder;

  static List<Path> goldenFiles() {
    return List.of(GoldenFiles.BITNET_I2_S, GoldenFiles.BITNET_TQ2_0, GoldenFiles.BITNET_SAFETENSORS,
        GoldenFiles.LLAMA158_SAFETENSORS, GoldenFiles.BONSAI_Q2_0);
  }

  @BeforeAll
  static void readsTheFilesUndamaged() {
    goldenFiles().forEach(FileMutationTest::readFully);
  }

  @ParameterizedTest
  @MethodSource("goldenFiles")
  void everyDamagedFileIsReadOrRefused(Path golden) throws IOException {
    byte[] original = Files.readAllBytes(golden);
    Path file = folder.resolve(String.valueOf(golden.getFileName()));
    int headerBytes = headerBytes(golden, original);
    int refused = 0;
    for (int i = 0; i < MUTATIONS; i++) {
      Random random = new Random(SEED + i);
      Files.write(file, mutate(original, headerBytes, random));
      String where = file.getFileName() + ", seed " + (SEED + i);
      long before = THREADS.getCurrentThreadAllocatedBytes();
      try {
        readFully(file);
      } catch (PlatformException e) {
        refused++;
        assertTrue(String.valueOf(e.getMessage()).contains(file.toString()), () -> where + ": " + e.getMessage());
      } catch (RuntimeException | Error e) {
        fail(where, e);
      }
      long allocated = THREADS.getCurrentThreadAllocatedBytes() - before;
      assertTrue(allocated < MAX_ALLOCATED_BYTES, () -> where + " allocated " + allocated + " bytes");
    }
    // A reader that refuses nothing, or everything, is not the one under test.
    assertTrue(refused > MUTATIONS / 5 && refused < MUTATIONS * 49 / 50, "refused " + refused);
  }

  /** Most of what can go wrong is in the header, so that most of the damage goes there. */
  private static byte[] mutate(byte[] original, int headerBytes, Random random) {
    int region = random.nextInt(4) == 0 ? original.length : headerBytes;
    int at = random.nextInt(region);
    return switch (random.nextInt(8)) {
      case 0, 1 -> flipBits(original, at, random);
      case 2 -> Arrays.copyOf(original, at);
      case 3, 4 -> overwriteNumber(original, at, random);
      case 5 -> insert(original, at, random);
      case 6 -> delete(original, at, 1 + random.nextInt(Math.min(64, original.length - at)));
      default -> copyWithin(original, at, random.nextInt(headerBytes), 1 + random.nextInt(64));
    };
  }

  private static byte[] flipBits(byte[] original, int at, Random random) {
    byte[] mutated = original.clone();
    int count = 1 + random.nextInt(4);
    for (int i = 0; i < count; i++) {
      mutated[Math.min(at + random.nextInt(16), mutated.length - 1)] ^= (byte) (1 << random.nextInt(8));
    }
    return mutated;
  }

  private static byte[] overwriteNumber(byte[] original, int at, Random random) {
    byte[] mutated = original.clone();
    int start = Math.min(at, mutated.length - 8);
    ByteBuffer bytes = ByteBuffer.wrap(mutated).order(ByteOrder.LITTLE_ENDIAN);
    long number = EXTREMES[random.nextInt(EXTREMES.length)];
    if (random.nextBoolean()) {
      bytes.putLong(start, number);
    } else {
      bytes.putInt(start, (int) number);
    }
    return mutated;
  }

  private static byte[] insert(byte[] original, int at, Random random) {
    byte[] inserted = new byte[1 + random.nextInt(64)];
    random.nextBytes(inserted);
    byte[] mutated = Arrays.copyOf(original, original.length + inserted.length);
    System.arraycopy(original, at, mutated, at + inserted.length, original.length - at);
    System.arraycopy(inserted, 0, mutated, at, inserted.length);
    return mutated;
  }

  private static byte[] delete(byte[] original, int at, int count) {
    byte[] mutated = Arrays.copyOf(original, original.length - count);
    System.arraycopy(original, at + count, mutated, at, original.length - at - count);
    return mutated;
  }

  private static byte[] copyWithin(byte[] original, int from, int to, int count) {
    byte[] mutated = original.clone();
    System.arraycopy(original, from, mutated, to, Math.min(count, original.length - Math.max(from, to)));
    return mutated;
  }

  /** The bytes in front of the tensors' data; of a GGUF file, up to the name of the last tensor. */
  private static int headerBytes(Path golden, byte[] file) {
    if (!golden.toString().endsWith(".gguf")) {
      return 8 + (int) ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getLong(0);
    }
    try (Arena arena = Arena.ofConfined()) {
      String last = List.copyOf(Gguf.open(golden, arena).tensors()).getLast().name();
      return new String(file, StandardCharsets.ISO_8859_1).indexOf(last);
    }
  }

  /** Opens a file and decodes all that it holds. */
  private static void readFully(Path file) {
    try (Arena arena = Arena.ofConfined()) {
      ModelFile model;
      if (file.toString().endsWith(".gguf")) {
        Gguf gguf = Gguf.open(file, arena);
        gguf.metadata().keys().forEach(key -> readValue(gguf.metadata(), key));
        model = gguf;
      } else {
        model = Safetensors.open(file, arena);
      }
      model.tensors().forEach(FileMutationTest::readTensor);
    }
  }

  private static void readValue(GgufMetadata metadata, String key) {
    GgufValue value = metadata.require(key);
    switch (value.type()) {
      case STRING -> metadata.string(key);
      case BOOL -> metadata.bool(key);
      case FLOAT32, FLOAT64 -> metadata.number(key);
      case UINT8, INT8, UINT16, INT16, UINT32, INT32, UINT64, INT64 -> metadata.uint(key);
      case ARRAY -> {
        switch (value.elementType()) {
          case STRING -> metadata.byteStringArray(key);
          case FLOAT32, FLOAT64 -> metadata.floatArray(key);
          case UINT8, INT8, UINT16, INT16, UINT32, INT32, UINT64, INT64 -> metadata.intArray(key);
          case BOOL, ARRAY -> metadata.arrayLength(key);
        }
      }
    }
  }

  private static void readTensor(Tensor tensor) {
    int rowsAtOnce = (int) Math.max(1, 65_536 / Math.max(1, tensor.cols()));
    assertEquals(tensor.elementCount(), tensor.rows() * tensor.cols());
    if (tensor.type() == TensorType.U8 && tensor.dimensionCount() == 2) {
      byte[] trits = new byte[(int) (rowsAtOnce * tensor.cols())];
      for (long row = 0; row < 4 * tensor.rows(); row += rowsAtOnce) {
        TernaryCodes.packedRows(tensor, 4 * tensor.rows(), row, (int) Math.min(rowsAtOnce, 4 * tensor.rows() - row),
            trits, 0);
      }
    } else if (tensor.type().isTernary()) {
      TernaryCodes.uniformScale(tensor);
      byte[] trits = new byte[(int) (rowsAtOnce * tensor.cols())];
      for (long row = 0; row < tensor.rows(); row += rowsAtOnce) {
        TernaryCodes.rows(tensor, row, (int) Math.min(rowsAtOnce, tensor.rows() - row), trits, 0);
      }
    } else if (TensorDecoder.supports(tensor.type())) {
      float[] values = new float[4_096];
      for (long from = 0; from < tensor.elementCount(); from += values.length) {
        TensorDecoder.decode(tensor, from, (int) Math.min(values.length, tensor.elementCount() - from), values, 0);
      }
    }
  }
}
