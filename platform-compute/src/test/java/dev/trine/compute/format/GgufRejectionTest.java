/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.format;

import dev.trine.api.StandardErrorCode;
import dev.trine.tck.files.GgufBuilder;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a GGUF file must not be. */
class GgufRejectionTest {

  private static final byte[] NOTHING = {};

  @TempDir
  private Path folder;

  @Test
  void rejectsMissingFilesAndFolders() {
    Refusals.assertRefused(StandardErrorCode.MODEL_NOT_FOUND, Gguf::open, folder.resolve("none.gguf"),
        "no such file");
    Refusals.assertInvalid(Gguf::open, folder, "is a folder, expected a model file");
  }

  @Test
  void rejectsEmptyShortAndForeignFiles() throws IOException {
    rejects(NOTHING, "is empty");
    rejects(new byte[23], "is 23 bytes long, expected at least 24");
    rejects("PK\u0003\u0004 and then some more bytes".getBytes(StandardCharsets.US_ASCII), "begins with 'PK\\u{3}",
        "expected 'GGUF'");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 4, -1})
  void rejectsOtherVersions(int version) {
    Path file = new GgufBuilder().version(version).write(folder.resolve("m.gguf"));
    Refusals.assertUnsupported(Gguf::open, file, "version " + Integer.toUnsignedString(version), "expected 2 or 3");
  }

  @Test
  void rejectsBigEndianFiles() {
    Path file = new GgufBuilder().version(0x0300_0000).write(folder.resolve("m.gguf"));
    Refusals.assertUnsupported(Gguf::open, file, "big-endian");
  }

  @Test
  void rejectsCountsThatTheFileCannotHold() {
    rejects(new GgufBuilder().lieTensorCount(-1), "number of tensors is 18446744073709551615, expected at most 65535");
    rejects(new GgufBuilder().lieTensorCount(65_536), "number of tensors is 65536, expected at most 65535");
    rejects(new GgufBuilder().lieTensorCount(3), "number of tensors is 3, but the 16 bytes left");
    rejects(new GgufBuilder().lieKeyCount(Long.MIN_VALUE), "number of keys is 9223372036854775808");
    rejects(new GgufBuilder().lieKeyCount(1), "number of keys is 1, but the 8 bytes left in the file hold at most 0");
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, Long.MAX_VALUE, Integer.MAX_VALUE, 1_025})
  void rejectsAbsurdKeyLengths(long length) throws IOException {
    byte[] file = new GgufBuilder().uint64("padding", 0).uint64("padding2", 0).build();
    putLong(file, 24, length);
    rejects(file, "key 0", "length of " + Long.toUnsignedString(length) + " bytes");
  }

  @Test
  void rejectsStringsThatLeaveTheFile() {
    rejects(new GgufBuilder().value("text", 8, longBytes(1_000)), "'text'", "takes 1000 bytes", "truncated");
    rejects(new GgufBuilder().value("text", 8, longBytes(-5)), "'text'", "length of 18446744073709551611 bytes");
  }

  @Test
  void rejectsUnknownValueTypes() {
    rejects(new GgufBuilder().value("odd", 13, new byte[16]), "'odd' has value type 13, expected 0 to 12");
    rejects(new GgufBuilder().value("odd", -1, new byte[16]), "'odd' has value type 4294967295");
    rejects(new GgufBuilder().array("odd", 99, 0, NOTHING), "'odd' has value type 99");
  }

  @Test
  void rejectsArraysLongerThanTheFile() {
    rejects(new GgufBuilder().array("a", 4, -1, new byte[64]), "array length of key 'a' is 18446744073709551615");
    rejects(new GgufBuilder().array("a", 4, 1_000_000, new byte[64]), "array length of key 'a' is 1000000, but the");
    rejects(new GgufBuilder().array("a", 8, 20, new byte[64]), "array length of key 'a' is 20, but the");
    rejects(new GgufBuilder().array("tokens", 8, 4_194_305, new byte[8]),
        "array length of key 'tokens' is 4194305, expected at most 4194304");
  }

  @Test
  void rejectsVocabulariesOfAbsurdSizeInBytes() throws IOException {
    Path file = new GgufBuilder().array("tokens", 8, 3, new byte[0]).value("rest", 8, longBytes(0))
        .write(folder.resolve("m.gguf"));
    // Three strings of 50 MiB each, all zeros, which take no room on the disk.
    int length = 50 << 20;
    try (var sparse = new RandomAccessFile(file.toFile(), "rw")) {
      long at = 24 + 8 + 6 + 4 + 12;
      for (int i = 0; i < 3; i++, at += 8 + length) {
        sparse.seek(at);
        sparse.write(longBytes(length));
      }
      sparse.setLength(at + 1_000);
    }
    Refusals.assertInvalid(Gguf::open, file, "'tokens' takes 157286424 bytes, expected at most 134217728");
  }

  @Test
  void rejectsArraysNestedTooDeep() {
    byte[] inner = GgufBuilder.arrayBytes(0, 0, NOTHING);
    for (int depth = 1; depth < 5; depth++) {
      inner = GgufBuilder.arrayBytes(9, 1, inner);
    }
    rejects(new GgufBuilder().value("deep", 9, inner), "'deep' has arrays nested more than 4 deep");
    for (int depth = 5; depth < 50_000; depth *= 2) {
      inner = GgufBuilder.arrayBytes(9, 1, inner);
    }
    rejects(new GgufBuilder().value("deep", 9, inner), "'deep' has arrays nested more than 4 deep");
  }

  @Test
  void rejectsDuplicateKeysAndTensors() {
    rejects(new GgufBuilder().uint32("k", 1).uint32("k", 1), "key 'k' is there twice");
    rejects(new GgufBuilder().floats("w", new long[]{1}, 1).floats("w", new long[]{1}, 1),
        "tensor 'w' is described twice");
  }

  @Test
  void rejectsNamesThatAreNotUtf8OrEmptyOrTooLong() {
    rejects(new GgufBuilder().value(new byte[]{(byte) 0xC3, 0x28}, 0, new byte[1]), "key 0 is not valid UTF-8");
    rejects(new GgufBuilder().floats("", new long[]{1}, 1), "tensor 0 has an empty name");
    rejects(new GgufBuilder().floats("w".repeat(1_025), new long[]{1}, 1), "name of tensor 0", "length of 1025 bytes");
  }

  @Test
  void showsHostileNamesWithoutControlCharacters() {
    rejects(new GgufBuilder().tensor("\u001b[2J\n\u202e" + "x".repeat(500), 0, new long[]{64}, new byte[4]),
        "'\\u{1b}[2J\\u{a}\\u{202e}xxx", "x…'");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 4, 33, 48, 1 << 17})
  void rejectsOddAlignments(int alignment) {
    rejects(new GgufBuilder().uint32("general.alignment", alignment),
        "'general.alignment' is " + alignment + ", expected a power of two from 8 to 65536");
  }

  @Test
  void rejectsOtherTypesOfAlignment() {
    rejects(new GgufBuilder().string("general.alignment", "32"),
        "'general.alignment' is a string, expected a whole number");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 5, -1})
  void rejectsOtherNumbersOfDimensions(int count) {
    rejects(new GgufBuilder().floats("w", new long[]{1}, 1).lieDimensionCount(count),
        "'w' has " + Integer.toUnsignedString(count) + " dimensions, expected 1 to 4");
  }

  @Test
  void rejectsShapesThatDoNotFit() {
    rejects(new GgufBuilder().tensor("w", 0, new long[]{0, 4}, NOTHING), "'w' has a dimension of 0");
    rejects(new GgufBuilder().tensor("w", 0, new long[]{-2, 4}, NOTHING),
        "'w' has a dimension of 18446744073709551614");
    rejects(new GgufBuilder().tensor("w", 0, new long[]{1L << 32, 1L << 32}, NOTHING), "'w' has more values than fit");
    rejects(new GgufBuilder().tensor("w", 0, new long[]{1L << 62}, NOTHING), "'w' has a size in bytes that does not");
    rejects(new GgufBuilder().tensor("w", 0, new long[]{1L << 40}, new byte[4]), "'w' F32 [1099511627776]",
        "takes 4398046511104 bytes from offset 0", "only 32 bytes of data");
  }

  @Test
  void rejectsRowsThatAreNotWholeBlocks() {
    rejects(new GgufBuilder().tensor("w", 8, new long[]{2, 48}, new byte[102]),
        "'w' has rows of 48 values, expected a multiple of 32, the block of Q8_0");
    rejects(new GgufBuilder().tensor("w", 36, new long[]{3, 64}, new byte[96]),
        "'w' has 192 values, expected a multiple of 128, the block of I2_S");
  }

  @Test
  void rejectsUnknownTypesByTheirId() {
    unsupported(new GgufBuilder().tensor("w", 99, new long[]{1}, new byte[4]),
        "'w' has type id 99, which is not known");
    unsupported(new GgufBuilder().tensor("w", -1, new long[]{1}, new byte[4]), "'w' has type id 4294967295");
  }

  @Test
  void rejectsLookupTableTypesByName() {
    for (String architecture : new String[]{"bitnet", "bitnet-b1.58", "bitnet-25"}) {
      GgufBuilder tl1 = new GgufBuilder().string("general.architecture", architecture);
      unsupported(tl1.tensor("w", 38, new long[]{128}, new byte[64]), "'w' has type TL1", "convert the model to I2_S");
      GgufBuilder tl2 = new GgufBuilder().string("general.architecture", architecture);
      unsupported(tl2.tensor("w", 39, new long[]{128}, new byte[64]), "'w' has type TL2", "convert the model to I2_S");
    }
    unsupported(
        new GgufBuilder().string("general.architecture", "llama").tensor("w", 38, new long[]{128}, new byte[64]),
        "'w' has type id 38, which is not known");
  }

  @Test
  void rejectsOffsetsOffTheAlignmentOutsideOfTheFileOrInsideOfOthers() {
    rejects(two().lieOffset(33), "'b' has offset 33, expected a multiple of the alignment 32");
    rejects(two().lieOffset(-32), "'b' has offset 18446744073709551584");
    rejects(two().lieOffset(64), "'b' F32 [8] takes 32 bytes from offset 64, but the file has only 64 bytes of data");
    rejects(two().lieOffset(Long.MAX_VALUE - 31), "from offset 9223372036854775776, but the file has only 64");
    rejects(two().lieOffset(0), "'b' F32 [8] takes 32 bytes from offset 0, which overlaps");
  }

  @Test
  void rejectsFilesThatEndAnywhereEarly() throws IOException {
    byte[] file = new GgufBuilder().string("general.architecture", "llama").int32s("a", 1, 2, 3)
        .floats("w", new long[]{8}, new float[8]).build();
    for (int length = 0; length < file.length; length++) {
      rejects(Arrays.copyOf(file, length));
    }
  }

  private static GgufBuilder two() {
    return new GgufBuilder().floats("a", new long[]{8}, new float[8]).floats("b", new long[]{8}, new float[8]);
  }

  private void rejects(GgufBuilder builder, String... fragments) {
    Refusals.assertInvalid(Gguf::open, builder.write(folder.resolve("m.gguf")), fragments);
  }

  private void rejects(byte[] file, String... fragments) throws IOException {
    Refusals.assertInvalid(Gguf::open, Files.write(folder.resolve("m.gguf"), file), fragments);
  }

  private void unsupported(GgufBuilder builder, String... fragments) {
    Refusals.assertUnsupported(Gguf::open, builder.write(folder.resolve("m.gguf")), fragments);
  }

  private static byte[] longBytes(long value) {
    byte[] bytes = new byte[8];
    putLong(bytes, 0, value);
    return bytes;
  }

  private static void putLong(byte[] bytes, int at, long value) {
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(at, value);
  }
}
