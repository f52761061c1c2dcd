/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.format;

import dev.trine.api.StandardErrorCode;
import dev.trine.tck.files.SafetensorsBuilder;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

class SafetensorsTest {

  private static final String INDEX = "model.safetensors.index.json";

  private final Arena arena = Arena.ofConfined();

  @TempDir
  private Path parent;

  private Path folder = Path.of("");

  @BeforeEach
  void makeModelFolder() throws IOException {
    folder = Files.createDirectory(parent.resolve("model"));
  }

  @AfterEach
  void closeArena() {
    arena.close();
  }

  @Test
  void readsTensorsAtAnyAlignmentScalarsAndEmptyOnes() {
    Path file = new SafetensorsBuilder().metadata("format", "pt").tensor("byte", "U8", new long[]{1}, new byte[]{9})
        .floats("w", new long[]{2, 3}, 1, 2, 3, 4, 5, 6).floats("scalar", new long[]{}, 7)
        .tensor("empty", "BF16", new long[]{0, 5}, new byte[0]).write(folder.resolve("model.safetensors"));
    Safetensors model = Safetensors.open(file, arena);
    assertEquals(Map.of("format", "pt"), model.metadata());
    assertEquals(List.of("byte", "w", "scalar", "empty"), model.tensors().stream().map(Tensor::name).toList());
    assertArrayEquals(new float[]{2, 3, 4}, floats(model.requireTensor("w"), 1, 3));
    assertEquals("'w' F32 [2, 3]", model.requireTensor("w").toString());
    Tensor scalar = model.requireTensor("scalar");
    assertEquals(List.of(0L, 1L, 1L, 1L),
        List.of((long) scalar.dimensionCount(), scalar.rows(), scalar.cols(), scalar.elementCount()));
    assertArrayEquals(new float[]{7}, floats(scalar, 0, 1));
    Tensor empty = model.requireTensor("empty");
    assertEquals(List.of(0L, 5L, 0L), List.of(empty.rows(), empty.cols(), empty.data().byteSize()));
    Refusals.assertRefused(StandardErrorCode.MODEL_INVALID, () -> model.requireTensor("lm_head.weight"), file,
        "'lm_head.weight' is missing among its 4 tensors");
  }

  @Test
  void knowsEveryDtype() {
    var builder = new SafetensorsBuilder();
    Map<String, Integer> bytes = Map.ofEntries(Map.entry("BOOL", 1), Map.entry("U8", 1), Map.entry("I8", 1),
        Map.entry("I16", 2), Map.entry("U16", 2), Map.entry("F16", 2), Map.entry("BF16", 2), Map.entry("I32", 4),
        Map.entry("U32", 4), Map.entry("F32", 4), Map.entry("F64", 8), Map.entry("I64", 8), Map.entry("U64", 8),
        Map.entry("F8_E4M3", 1), Map.entry("F8_E5M2", 1));
    bytes.forEach((dtype, size) -> builder.tensor(dtype, dtype, new long[]{3}, new byte[3 * size]));
    Safetensors model = Safetensors.open(builder.write(folder.resolve("all.safetensors")), arena);
    bytes.keySet().forEach(dtype -> assertEquals(dtype, model.requireTensor(dtype).type().displayName()));
  }

  @Test
  void acceptsSpacesAndUnknownFieldsInTheHeader() {
    Path file = new SafetensorsBuilder()
        .header("{ \"w\":{\"shape\":[1],\"x\":{\"y\":[[1]]},\"data_offsets\":[0,1],\"dtype\":\"U8\"} }    ")
        .bytes(new byte[]{5}).write(folder.resolve("model.safetensors"));
    Tensor tensor = Safetensors.open(file, arena).requireTensor("w");
    assertEquals(5, tensor.data().get(ValueLayout.JAVA_BYTE, 0));
    assertTrue(tensor.data().isReadOnly());
  }

  @Test
  void opensFoldersWithOneFileOrWithAnIndex() throws IOException {
    shards("a.safetensors", "b.safetensors");
    Safetensors model = Safetensors.open(folder, arena);
    assertEquals(folder, model.path());
    assertEquals(List.of("a", "b"), model.tensors().stream().map(Tensor::name).toList());
    assertEquals(folder.resolve("b.safetensors"), model.requireTensor("b").file());
    assertEquals(2, Safetensors.open(folder.resolve(INDEX), arena).tensors().size());

    new SafetensorsBuilder().floats("single", new long[]{1}, 1).write(folder.resolve("model.safetensors"));
    assertTrue(Safetensors.open(folder, arena).tensor("single").isPresent());
  }

  @Test
  void refusesFoldersWithoutAModel() {
    Refusals.assertRefused(StandardErrorCode.MODEL_NOT_FOUND, Safetensors::open, folder,
        "neither model.safetensors nor model.safetensors.index.json");
    Refusals.assertRefused(StandardErrorCode.MODEL_NOT_FOUND, Safetensors::open, folder.resolve("none"),
        "no such file or folder");
  }

  @Test
  void refusesIndexesThatNameMissingFiles() throws IOException {
    shards("a.safetensors", "b.safetensors");
    Files.delete(folder.resolve("b.safetensors"));
    refusesIndex("names the file 'b.safetensors', which is missing");
  }

  @Test
  void refusesShardNamesThatAreNotPlainFileNames() throws IOException {
    new SafetensorsBuilder().floats("w", new long[]{1}, 1).write(parent.resolve("outside.safetensors"));
    for (String name : List.of("../outside.safetensors", parent + "/outside.safetensors", "..", "", "a/b.safetensors",
        "C:outside.safetensors", "..\\\\outside.safetensors", "a\\u0000.safetensors", "/etc/passwd")) {
      index("{\"weight_map\":{\"w\":\"" + name + "\"}}");
      refusesIndex("names the file '", "expected the plain name of a .safetensors file");
    }
    index("{\"weight_map\":{\"w\":\"\\ud800.safetensors\"}}");
    refusesIndex("names the file '\\u{d800}.safetensors', which is missing or cannot be read");
  }

  @Test
  void refusesLinksThatLeaveTheFolderAndFollowThoseThatDoNot() throws IOException {
    Path outside = new SafetensorsBuilder().floats("w", new long[]{1}, 1).write(parent.resolve("outside.safetensors"));
    Path inside = new SafetensorsBuilder().floats("w", new long[]{1}, 1).write(folder.resolve("real.safetensors"));
    Path link = folder.resolve("link.safetensors");
    index("{\"weight_map\":{\"w\":\"link.safetensors\"}}");
    Files.createSymbolicLink(link, outside);
    Refusals.assertRefused(StandardErrorCode.MODEL_INVALID, () -> Safetensors.open(folder, arena), link,
        "is a link to", "outside of the model's folder");
    Files.delete(link);
    Files.createSymbolicLink(link, inside);
    assertEquals(1, Safetensors.open(folder, arena).tensors().size());
  }

  @Test
  void followsTheLinksOfAHubCacheWithinItsRepositoryAlone() throws IOException {
    Path repository = Files.createDirectories(parent.resolve("models--org--name"));
    Path blobs = Files.createDirectories(repository.resolve("blobs"));
    Files.createDirectories(repository.resolve("refs"));
    Path snapshot = Files.createDirectories(repository.resolve("snapshots/0123"));
    new SafetensorsBuilder().floats("w", new long[]{1}, 1).write(blobs.resolve("abc.safetensors"));
    Files.writeString(blobs.resolve("index"), "{\"weight_map\":{\"w\":\"model-1.safetensors\"}}");
    Files.createSymbolicLink(snapshot.resolve("model.safetensors.index.json"), Path.of("../../blobs/index"));
    Path shard = snapshot.resolve("model-1.safetensors");
    Files.createSymbolicLink(shard, Path.of("../../blobs/abc.safetensors"));
    assertEquals(1, Safetensors.open(snapshot, arena).tensors().size());
    Files.delete(shard);
    Path outside = new SafetensorsBuilder().floats("w", new long[]{1}, 1).write(parent.resolve("outside.safetensors"));
    Files.createSymbolicLink(shard, outside);
    Refusals.assertRefused(StandardErrorCode.MODEL_INVALID, () -> Safetensors.open(snapshot, arena), shard,
        "outside of the model's folder");
  }

  @Test
  void refusesIndexesThatDisagreeWithTheFiles() throws IOException {
    shards("a.safetensors", "b.safetensors");
    index("{\"weight_map\":{\"a\":\"a.safetensors\",\"b\":\"a.safetensors\"}}");
    refusesIndex("places tensor 'b' in 'a.safetensors', which does not have it");
    index("{\"weight_map\":{\"a\":\"b.safetensors\",\"b\":\"a.safetensors\"}}");
    refusesIndex("places tensor 'a' in 'b.safetensors'");
    new SafetensorsBuilder().floats("a", new long[]{1}, 1).write(folder.resolve("b.safetensors"));
    index("{\"weight_map\":{\"a\":\"a.safetensors\",\"b\":\"b.safetensors\"}}");
    Refusals.assertRefused(StandardErrorCode.MODEL_INVALID, () -> Safetensors.open(folder, arena),
        folder.resolve("b.safetensors"), "'a' is also in a.safetensors");
  }

  @Test
  void refusesIndexesOfAnotherForm() throws IOException {
    index("");
    refusesIndex("is empty");
    index("{}");
    refusesIndex("has no weight_map");
    index("[]");
    refusesIndex("the index is of JSON type START_ARRAY, expected an object");
    index("{\"weight_map\":{\"w\":1}}");
    refusesIndex("weight_map 'w' is of JSON type VALUE_NUMBER_INT, expected a string");
    index("{\"weight_map\":{\"w\":\"a.safetensors\"");
    refusesIndex("is not valid near character");
    StringBuilder many = new StringBuilder("{\"weight_map\":{\"w\":\"w.safetensors\"");
    for (int i = 0; i < 1_024; i++) {
      many.append(",\"").append(i).append("\":\"").append(i).append(".safetensors\"");
    }
    index(many.append("}}").toString());
    refusesIndex("names 1025 files, expected at most 1024");
  }

  @Test
  void refusesFilesThatItMayNotRead() throws IOException {
    Path file = new SafetensorsBuilder().write(folder.resolve("model.safetensors"));
    Assumptions.assumeTrue(file.toFile().setReadable(false) && !Files.isReadable(file),
        "needs a user and a file system to whom permissions apply");
    Refusals.assertInvalid(Safetensors::open, file, "permission to read it was denied");
  }

  private void shards(String... names) throws IOException {
    StringBuilder map = new StringBuilder();
    for (String name : names) {
      String tensor = name.substring(0, 1);
      new SafetensorsBuilder().metadata("format", "pt").floats(tensor, new long[]{1}, 1).write(folder.resolve(name));
      map.append(map.isEmpty() ? "" : ",").append('"').append(tensor).append("\":\"").append(name).append('"');
    }
    index("{\"metadata\":{\"total_size\":8},\"weight_map\":{" + map + "}}");
  }

  private void index(String json) throws IOException {
    Files.writeString(folder.resolve(INDEX), json);
  }

  private void refusesIndex(String... fragments) {
    Refusals.assertRefused(StandardErrorCode.MODEL_INVALID, () -> Safetensors.open(folder, arena),
        folder.resolve(INDEX), fragments);
  }

  private static float[] floats(Tensor tensor, long from, int count) {
    float[] values = new float[count];
    TensorDecoder.decode(tensor, from, count, values, 0);
    return values;
  }
}
