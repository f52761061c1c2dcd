/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.format;

import dev.trine.api.PlatformException;
import dev.trine.api.StandardErrorCode;
import dev.trine.tck.files.GgufBuilder;
import dev.trine.tck.files.SafetensorsBuilder;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class MappedFileTest {

  /** Just over what 32 bits with a sign can address. */
  private static final long LARGE = (1L << 31) + (1 << 20);

  @TempDir
  private Path folder;

  @Test
  void readsTensorsBeyondTwoGibibytesOfAGgufFile() throws IOException {
    byte[] head = new GgufBuilder().tensor("large", 24, new long[]{LARGE}, new byte[0])
        .tensor("last", 0, new long[]{2}, new byte[0]).lieOffset(LARGE).build();
    Path file = sparse("m.gguf", head, head.length + LARGE + 8);
    try (Arena arena = Arena.ofConfined()) {
      Gguf model = Gguf.open(file, arena);
      assertEquals(LARGE, model.requireTensor("large").data().byteSize());
      assertLastValueIsOne(model.requireTensor("last"));
    }
  }

  @Test
  void readsTensorsBeyondTwoGibibytesOfASafetensorsFile() throws IOException {
    byte[] head = new SafetensorsBuilder().entry("large", "F16", "[" + LARGE / 2 + "]", 0, LARGE)
        .entry("last", "F32", "[2]", LARGE, LARGE + 8).build();
    Path file = sparse("m.safetensors", head, head.length + LARGE + 8);
    try (Arena arena = Arena.ofConfined()) {
      Safetensors model = Safetensors.open(file, arena);
      float[] tail = new float[3];
      TensorDecoder.decode(model.requireTensor("large"), LARGE / 2 - 3, 3, tail, 0);
      assertEquals(0f, tail[2]);
      assertLastValueIsOne(model.requireTensor("last"));
    }
  }

  @Test
  void refusesFilesThatAreNotRegular() {
    Path device = Path.of("/dev/zero");
    Assumptions.assumeTrue(Files.exists(device), "needs a device file");
    Refusals.assertInvalid(Gguf::open, device, "is not a regular file");
  }

  @Test
  void refusesFileSystemsThatCannotMap() throws IOException {
    try (var zip = FileSystems.newFileSystem(folder.resolve("m.zip"), Map.of("create", "true"))) {
      Path file = new GgufBuilder().write(zip.getPath("/m.gguf"));
      Refusals.assertInvalid(Gguf::open, file, "cannot be read");
    }
  }

  @Test
  void saysWhyAFileCannotBeRead() {
    Path file = Path.of("model.gguf");
    assertRefusal(StandardErrorCode.MODEL_INVALID, "model.gguf: permission to read it was denied",
        FormatErrors.unreadable(file, new AccessDeniedException("model.gguf")));
    assertRefusal(StandardErrorCode.MODEL_NOT_FOUND, "model.gguf: there is no such file or folder",
        FormatErrors.unreadable(file, new NoSuchFileException("model.gguf")));
    assertRefusal(StandardErrorCode.MODEL_INVALID, "model.gguf: cannot be read (Input/output error)",
        FormatErrors.unreadable(file, new IOException("Input/output error")));
  }

  @Test
  void endsTheMappingWithTheArena() {
    Path file = new GgufBuilder().floats("w", new long[]{1}, 1).write(folder.resolve("m.gguf"));
    Tensor tensor;
    try (Arena arena = Arena.ofConfined()) {
      tensor = Gguf.open(file, arena).requireTensor("w");
    }
    assertThrows(IllegalStateException.class, () -> tensor.data().get(LittleEndian.FLOAT, 0));
  }

  private static void assertRefusal(StandardErrorCode code, String message, PlatformException refusal) {
    assertEquals(code, refusal.code());
    assertEquals(message, refusal.getMessage());
    assertTrue(refusal.getCause() instanceof IOException);
  }

  private static void assertLastValueIsOne(Tensor tensor) {
    float[] values = new float[2];
    TensorDecoder.decode(tensor, 0, 2, values, 0);
    assertEquals(0f, values[0]);
    assertEquals(1f, values[1]);
  }

  /** A file of which only the head and the number 1 in its last four bytes take room on the disk. */
  private Path sparse(String name, byte[] head, long length) throws IOException {
    Path path = folder.resolve(name);
    try (var file = new RandomAccessFile(path.toFile(), "rw")) {
      file.write(head);
      file.seek(length - 4);
      file.write(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putFloat(1).array());
    }
    return path;
  }
}
