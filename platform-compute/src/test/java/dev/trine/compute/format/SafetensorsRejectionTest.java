/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.format;

import com.sun.management.ThreadMXBean;
import dev.trine.tck.files.SafetensorsBuilder;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.junit.jupiter.api.Assertions.assertTrue;

/** What a safetensors file must not be. */
class SafetensorsRejectionTest {

  @TempDir
  private Path folder;

  @Test
  void rejectsEmptyAndShortFiles() throws IOException {
    rejects(new byte[0], "is empty");
    rejects(new byte[9], "is 9 bytes long, too short");
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, -1, Long.MIN_VALUE, 100_000_001, 64})
  void rejectsHeaderLengthsOutsideOfTheFile(long length) {
    rejects(new SafetensorsBuilder().lieHeaderLength(length).bytes(new byte[50]),
        "the header length is " + Long.toUnsignedString(length) + ", expected 2 to 52");
  }

  @Test
  void rejectsHeadersOver100Megabytes() throws IOException {
    Path file = new SafetensorsBuilder().lieHeaderLength(100_000_001).write(folder.resolve("m.safetensors"));
    try (var sparse = new RandomAccessFile(file.toFile(), "rw")) {
      sparse.setLength(200_000_000);
    }
    Refusals.assertInvalid(Safetensors::open, file, "header length is 100000001, expected 2 to 100000000");
  }

  @Test
  void rejectsHeadersThatAreNotJsonObjects() {
    rejects(header("[]"), "does not begin with '{'");
    rejects(header(" {}"), "does not begin with '{'");
    rejects(header("{} x"), "not valid near character");
    rejects(header("{}{}"), "followed by more text");
    rejects(header("{\"a\":"), "not valid near character");
    rejects(header("{\"a\":1}"), "tensor 'a' is of JSON type VALUE_NUMBER_INT, expected an object");
    rejects(header("{'a':{}}"), "not valid near character");
  }

  @Test
  void rejectsHeadersThatAreNotUtf8() {
    byte[] header = "{\"__metadata__\":{\"a\":\"xy\"}}".getBytes(StandardCharsets.UTF_8);
    header[22] = (byte) 0xC0;
    header[23] = (byte) 0xAF;
    rejects(new SafetensorsBuilder().header(header), "the JSON header is not valid UTF-8");
  }

  @Test
  void rejectsDuplicateKeys() {
    String entry = "{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}";
    rejects(header("{\"a\":" + entry + ",\"a\":" + entry + "}"), "Duplicate", "'a'");
    rejects(header("{\"a\":" + entry + ",\"\\u0061\":" + entry + "}"), "Duplicate", "'a'");
    rejects(header("{\"__metadata__\":{\"k\":\"1\",\"k\":\"2\"}}"), "Duplicate", "'k'");
    rejects(header("{\"a\":{\"dtype\":\"U8\",\"dtype\":\"U8\"}}"), "Duplicate", "'dtype'");
  }

  @Test
  void rejectsDeepNesting() {
    rejects(header("{\"a\":{\"x\":" + "[".repeat(100_000)), "nesting depth");
    rejects(header("{\"a\":{\"x\":" + "{\"y\":".repeat(100_000)), "nesting depth");
  }

  @Test
  void rejectsMetadataThatIsNotStrings() {
    rejects(header("{\"__metadata__\":[]}"), "__metadata__ is of JSON type START_ARRAY, expected an object");
    rejects(header("{\"__metadata__\":{\"k\":1}}"), "__metadata__ 'k' is of JSON type VALUE_NUMBER_INT");
  }

  @Test
  void rejectsEntriesWithoutTheirFields() {
    rejects(header("{\"a\":{\"shape\":[],\"data_offsets\":[0,0]}}"), "tensor 'a' has no dtype");
    rejects(header("{\"a\":{\"dtype\":\"U8\",\"data_offsets\":[0,0]}}"), "tensor 'a' has no shape");
    rejects(header("{\"a\":{\"dtype\":\"U8\",\"shape\":[0]}}"), "tensor 'a' has no data_offsets");
    rejects(header("{\"\":{}}"), "empty name");
    rejects(header("{\"" + "a".repeat(2_000) + "\":{}}"), "exceeds the maximum");
  }

  @ParameterizedTest
  @ValueSource(strings = {"{\"", "{\"__metadata__\":{\"k\":\"", "{\"w\":{\"shape\":["})
  void rejectsEndlessNamesStringsAndNumbersWithoutKeepingThem(String start) {
    byte[] header = (start + "1".repeat(40 << 20)).getBytes(StandardCharsets.UTF_8);
    Path file = new SafetensorsBuilder().header(header).write(folder.resolve("m.safetensors"));
    var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    Refusals.assertInvalid(Safetensors::open, file, "exceeds the maximum");
    long allocated = threads.getCurrentThreadAllocatedBytes() - before;
    assertTrue(allocated < 64 << 20, () -> "allocated " + allocated + " bytes");
  }

  @Test
  void rejectsUnknownDtypesByName() {
    Path file = new SafetensorsBuilder().entry("w", "F4\\u001b", "[0]", 0, 0).write(folder.resolve("m.safetensors"));
    Refusals.assertUnsupported(Safetensors::open, file, "tensor 'w' has dtype 'F4\\u{1b}', which is not known");
  }

  @ParameterizedTest
  @ValueSource(strings = {"[-1]", "[1.0]", "[1e2]", "[9223372036854775808]", "[\"1\"]", "[null]", "[[1]]", "[true]"})
  void rejectsSizesThatAreNotWholeNumbers(String shape) {
    rejects(new SafetensorsBuilder().entry("w", "U8", shape, 0, 0), "tensor 'w' shape has ",
        "expected whole numbers from 0 to 2^63 - 1");
  }

  @Test
  void rejectsShapesThatDoNotFit() {
    rejects(new SafetensorsBuilder().entry("w", "U8", "[4294967296,4294967296]", 0, 0),
        "tensor 'w' has shape [4294967296, 4294967296], whose size in bytes does not fit");
    rejects(new SafetensorsBuilder().entry("w", "F64", "[4611686018427387904]", 0, 0), "does not fit");
    rejects(new SafetensorsBuilder().entry("w", "U8", "[1,1,1,1,1,1,1,1,1]", 0, 1), "more than 8 numbers");
    rejects(new SafetensorsBuilder().entry("w", "F32", "[2,3]", 0, 23).bytes(new byte[23]),
        "tensor 'w' has 23 bytes of data, expected 24 for F32 [2, 3]");
  }

  @Test
  void rejectsOffsetsThatAreNotABeginAndAnEnd() {
    rejects(new SafetensorsBuilder().entry("w", "U8", "[1]", 5, 4), "data_offsets [5, 4], expected [begin, end]");
    rejects(header("{\"w\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0]}}"), "data_offsets [0], expected");
    rejects(header("{\"w\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1,2]}}"), "more than 2 numbers");
    rejects(header("{\"w\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[-1,0]}}"), "data_offsets has -1");
  }

  @Test
  void rejectsDataThatTheTensorsDoNotCoverExactly() {
    rejects(new SafetensorsBuilder().entry("w", "U8", "[8]", 0, 8).bytes(new byte[7]),
        "tensor 'w' has data_offsets [0, 8], but the file has only 7 bytes of data");
    rejects(new SafetensorsBuilder().entry("w", "U8", "[8]", 9223372036854775799L, Long.MAX_VALUE), "only 0 bytes");
    rejects(new SafetensorsBuilder().entry("v", "U8", "[4]", 0, 4).entry("w", "U8", "[4]", 3, 7).bytes(new byte[7]),
        "tensor 'w' has data_offsets [3, 7], which overlaps the tensor before it, that ends at 4");
    rejects(new SafetensorsBuilder().entry("v", "U8", "[4]", 0, 4).entry("w", "U8", "[4]", 0, 4).bytes(new byte[4]),
        "overlaps");
    rejects(new SafetensorsBuilder().entry("v", "U8", "[4]", 0, 4).entry("w", "U8", "[4]", 5, 9).bytes(new byte[9]),
        "tensor 'w' has data_offsets [5, 9], which leaves a gap after 4");
    rejects(new SafetensorsBuilder().entry("v", "U8", "[4]", 0, 4).bytes(new byte[6]),
        "the tensors end at byte 4 of the data, expected its end at 6");
  }

  @Test
  void rejectsFilesThatEndAnywhereEarly() throws IOException {
    byte[] file = new SafetensorsBuilder().metadata("format", "pt").floats("w", new long[]{4}, 1, 2, 3, 4).build();
    for (int length = 0; length < file.length; length++) {
      rejects(Arrays.copyOf(file, length));
    }
  }

  private static SafetensorsBuilder header(String json) {
    return new SafetensorsBuilder().header(json);
  }

  private void rejects(SafetensorsBuilder builder, String... fragments) {
    Refusals.assertInvalid(Safetensors::open, builder.write(folder.resolve("m.safetensors")), fragments);
  }

  private void rejects(byte[] file, String... fragments) throws IOException {
    Refusals.assertInvalid(Safetensors::open, Files.write(folder.resolve("m.safetensors"), file), fragments);
  }
}
