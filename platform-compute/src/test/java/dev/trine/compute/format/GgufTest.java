/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.format;

import dev.trine.api.StandardErrorCode;
import dev.trine.tck.files.GgufBuilder;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

class GgufTest {

  private final Arena arena = Arena.ofConfined();

  @TempDir
  private Path folder;

  @AfterEach
  void closeArena() {
    arena.close();
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3})
  void readsMetadataOfEveryType(int version) {
    GgufMetadata metadata = open(new GgufBuilder().version(version).string("general.architecture", "llama")
        .uint8("u8", 255).uint32("u32", -1).int32("i32", 7).uint64("u64", Long.MAX_VALUE).float32("f32", 1e-5f)
        .bool("yes", true).bool("no", false).int32s("ints", 1, -2, 3).float32s("floats", 0.5f, -1f)
        .strings("texts", List.of("a", "", "\u00e9"))
        .array("nested", 9, 1,
            GgufBuilder.arrayBytes(9, 1, GgufBuilder.arrayBytes(9, 1, GgufBuilder.arrayBytes(0, 2, new byte[2])))))
        .metadata();
    assertEquals("llama", metadata.string("general.architecture"));
    assertEquals(255, metadata.uint("u8"));
    assertEquals(0xFFFF_FFFFL, metadata.uint("u32"));
    assertEquals(7, metadata.uint("i32", 1, 7));
    assertEquals(Long.MAX_VALUE, metadata.uint("u64"));
    assertEquals(1e-5f, metadata.number("f32"));
    assertEquals(7.0, metadata.number("i32"));
    assertTrue(metadata.bool("yes"));
    assertFalse(metadata.bool("no"));
    assertArrayEquals(new int[]{1, -2, 3}, metadata.intArray("ints"));
    assertArrayEquals(new float[]{0.5f, -1f}, metadata.floatArray("floats"));
    assertEquals(List.of("a", "", "\u00e9"), metadata.stringArray("texts"));
    assertTrue(metadata.isArray("nested"));
    assertFalse(metadata.isArray("u8"));
    assertEquals(1, metadata.arrayLength("nested"));
    assertEquals(List.of("general.architecture", "u8", "u32"), metadata.keys().stream().limit(3).toList());
  }

  @Test
  void givesFallbacksOnlyForMissingKeys() {
    Gguf gguf = open(new GgufBuilder().string("text", "x"));
    GgufMetadata metadata = gguf.metadata();
    assertEquals(12, metadata.uint("missing", 12L));
    assertEquals(0.5, metadata.number("missing", 0.5));
    assertEquals("d", metadata.string("missing", "d"));
    assertTrue(metadata.bool("missing", true));
    refused(gguf, () -> metadata.uint("text", 12L), "'text' is a string, expected a whole number");
    refused(gguf, () -> metadata.number("text", 0.5), "'text' is a string, expected a number");
    refused(gguf, () -> metadata.bool("text", true), "'text' is a string, expected a bool");
  }

  @Test
  void namesTheKeyAndWhatItHoldsWhenItCannotServe() {
    Gguf gguf = open(new GgufBuilder().int32("negative", -3).uint64("huge", -1).uint32("heads", 70_000)
        .value("odd bool", 7, new byte[]{2}).value("bad text", 8, new byte[]{1, 0, 0, 0, 0, 0, 0, 0, (byte) 0xFF})
        .byteStrings("bad texts", List.of(new byte[]{65}, new byte[]{(byte) 0xC3}))
        .array("longs", 10, 1, new byte[]{0, 0, 0, 0, 1, 0, 0, 0}).uint32("big id", -1)
        .array("big ids", 4, 2, new byte[]{1, 0, 0, 0, -1, -1, -1, -1}));
    GgufMetadata metadata = gguf.metadata();
    refused(gguf, () -> metadata.uint("negative"), "'negative' is -3, expected 0 to 2^63 - 1");
    refused(gguf, () -> metadata.uint("huge"), "'huge' is 18446744073709551615");
    refused(gguf, () -> metadata.uint("heads", 1, 1024), "'heads' is 70000, expected 1 to 1024");
    refused(gguf, () -> metadata.bool("odd bool"), "'odd bool' is the bool 2, expected 0 or 1");
    refused(gguf, () -> metadata.string("bad text"), "'bad text' is not valid UTF-8");
    refused(gguf, () -> metadata.stringArray("bad texts"), "'bad texts' element 1 is not valid UTF-8");
    refused(gguf, () -> metadata.intArray("longs"), "'longs' element 0 is 4294967296");
    refused(gguf, () -> metadata.intArray("big ids"), "'big ids' element 1 is 4294967295");
    refused(gguf, () -> metadata.floatArray("longs"), "an array of uint64, expected an array of floating-point");
    refused(gguf, () -> metadata.intArray("heads"), "a uint32, expected an array of whole numbers");
    refused(gguf, () -> metadata.arrayLength("heads"), "a uint32, expected an array");
    refused(gguf, () -> metadata.string("absent"), "'absent' is missing");
  }

  @Test
  void keepsTokensByteForByte() {
    List<byte[]> tokens = List.of(new byte[]{(byte) 0xE2, (byte) 0x96}, new byte[0],
        "x".getBytes(StandardCharsets.UTF_8));
    List<byte[]> read = open(new GgufBuilder().byteStrings("tokens", tokens)).metadata().byteStringArray("tokens");
    assertEquals(3, read.size());
    for (int i = 0; i < 3; i++) {
      assertArrayEquals(tokens.get(i), read.get(i));
    }
  }

  @Test
  void turnsDimensionsRoundToRowMajor() {
    Gguf gguf = open(new GgufBuilder().alignment(64).floats("w", new long[]{3, 2}, 1, 2, 3, 4, 5, 6)
        .floats("b", new long[]{1}, 7).floats("cube", new long[]{2, 3, 1}, new float[6]));
    Tensor w = gguf.requireTensor("w");
    assertEquals("'w' F32 [3, 2]", w.toString());
    assertEquals(3, w.rows());
    assertEquals(2, w.cols());
    assertEquals(2, w.dimensionCount());
    assertEquals(3, w.dimension(0));
    assertEquals(5f, w.data().get(LittleEndian.FLOAT, 16));
    Tensor cube = gguf.requireTensor("cube");
    assertEquals(6, cube.rows());
    assertEquals(1, cube.cols());
    assertEquals(7f, gguf.requireTensor("b").data().get(LittleEndian.FLOAT, 0));
    assertTrue(w.data().isReadOnly());
    assertEquals(List.of("w", "b", "cube"), gguf.tensors().stream().map(Tensor::name).toList());
    refused(gguf, () -> gguf.requireTensor("output.weight"), "'output.weight' is missing among its 3 tensors");
  }

  @Test
  void opensFilesWithoutTensorsOrKeys() {
    assertEquals(0, open(new GgufBuilder()).tensors().size());
    assertEquals(1, open(new GgufBuilder().floats("w", new long[]{1}, 1)).tensors().size());
  }

  @Test
  void tellsTheTwoGroupSizesOfId42Apart() {
    Tensor official = open(new GgufBuilder().tensor("a", 42, new long[]{32, 128}, new byte[32 * 36]).floats("b",
        new long[]{1}, 1)).requireTensor("a");
    assertEquals(TensorType.Q2_0, official.type());
    Tensor legacy = open(new GgufBuilder().tensor("a", 42, new long[]{32, 128}, new byte[32 * 34]).floats("b",
        new long[]{1}, 1)).requireTensor("a");
    assertEquals("Q2_0 in groups of 128", legacy.type().displayName());
    assertEquals(32 * 34, legacy.data().byteSize());
  }

  @Test
  void opensSplitModelsFromAnyPart() {
    for (int part = 0; part < 3; part++) {
      split(part, 3).floats("blk." + part, new long[]{1}, part).write(splitPath(part, 3));
    }
    for (int part = 0; part < 3; part++) {
      Gguf gguf = Gguf.open(splitPath(part, 3), arena);
      assertEquals(List.of("blk.0", "blk.1", "blk.2"), gguf.tensors().stream().map(Tensor::name).toList());
      assertEquals("part 0", gguf.metadata().string("name"));
      assertEquals(splitPath(2, 3), gguf.requireTensor("blk.2").file());
      assertEquals(2f, gguf.requireTensor("blk.2").data().get(LittleEndian.FLOAT, 0));
    }
  }

  @Test
  void refusesAMissingPart() {
    Path first = split(0, 2).write(splitPath(0, 2));
    Path second = splitPath(1, 2);
    Refusals.assertRefused(StandardErrorCode.MODEL_INVALID, () -> Gguf.open(first, arena), second, "is missing");
  }

  @Test
  void refusesAPartInTheWrongPlace() {
    Path first = split(0, 2).write(splitPath(0, 2));
    Path second = split(0, 2).write(splitPath(1, 2));
    Refusals.assertRefused(StandardErrorCode.MODEL_INVALID, () -> Gguf.open(first, arena), second,
        "part 0 of 2 (split.no, split.count), expected part 1 of 2");
  }

  @Test
  void refusesATensorInTwoParts() {
    Path first = split(0, 2).floats("w", new long[]{1}, 1).write(splitPath(0, 2));
    Path second = split(1, 2).floats("w", new long[]{1}, 1).write(splitPath(1, 2));
    Refusals.assertRefused(StandardErrorCode.MODEL_INVALID, () -> Gguf.open(first, arena), second,
        "'w' is also in m-00001-of-00002.gguf");
  }

  @Test
  void refusesPartsWithTooFewTensors() {
    Path first = split(0, 1).int32("split.tensors.count", 9).write(folder.resolve("one.gguf"));
    assertEquals(0, Gguf.open(first, arena).tensors().size());
    Path two = split(0, 2).int32("split.tensors.count", 9).write(splitPath(0, 2));
    split(1, 2).floats("w", new long[]{1}, 1).write(splitPath(1, 2));
    Refusals.assertInvalid(Gguf::open, two, "1 tensors together, expected 9");
  }

  @Test
  void refusesSplitKeysThatContradictTheFileName() {
    Refusals.assertInvalid(Gguf::open, split(0, 2).write(folder.resolve("renamed.gguf")), "'split.count' is 2");
    Refusals.assertInvalid(Gguf::open, new GgufBuilder().write(splitPath(0, 2)), "'split.count' is missing");
    Refusals.assertInvalid(Gguf::open, split(0, 60_000).write(splitPath(0, 60_000)),
        "'split.count' is 60000, expected 0 to 1024");
    Refusals.assertInvalid(Gguf::open, split(0, 2).write(splitPath(6, 2)), "'split.count' is 2");
  }

  private static GgufBuilder split(int part, int count) {
    return new GgufBuilder().string("name", "part " + part).int32("split.no", part).int32("split.count", count);
  }

  private Path splitPath(int part, int count) {
    return folder.resolve("m-%05d-of-%05d.gguf".formatted(part + 1, count));
  }

  private Gguf open(GgufBuilder builder) {
    return Gguf.open(builder.write(folder.resolve("m" + System.nanoTime() + ".gguf")), arena);
  }

  private static void refused(Gguf gguf, Runnable action, String... fragments) {
    Refusals.assertRefused(StandardErrorCode.MODEL_INVALID, action, gguf.path(), fragments);
  }
}
