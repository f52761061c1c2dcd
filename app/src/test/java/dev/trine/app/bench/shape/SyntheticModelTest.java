/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.bench.shape;

import dev.trine.api.PlatformException;
import dev.trine.api.StandardErrorCode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Synthetic models as files; that the engine runs them is shown in {@code BenchIT}. */
class SyntheticModelTest {

  @TempDir
  Path folder;

  /** A small shape; wide enough for the blocks of TQ2_0. */
  public static PublishedShape tiny(String architecture) {
    return new PublishedShape("tiny-" + architecture, "nobody/tiny", architecture, 2, 256, 4, 2, 64, 512, 600, 512,
        10000, architecture.equals("bitnet"));
  }

  private static SyntheticModel tinyModel(HeadType head) {
    return new SyntheticModel(tiny("bitnet"), head);
  }

  private List<String> files() throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(Files::isRegularFile).map(file -> folder.relativize(file).toString()).sorted().toList();
    }
  }

  @ParameterizedTest
  @EnumSource(HeadType.class)
  void writesAFileOfTheSizeThatItSaid(HeadType head) throws IOException {
    SyntheticModel model = tinyModel(head);
    Path file = folder.resolve(model.fileName());
    assertFalse(model.isAt(file));
    model.write(file, (task, done, total) -> {});
    assertEquals(model.sizeBytes(), Files.size(file));
    assertEquals("GGUF", new String(Files.readAllBytes(file), 0, 4, StandardCharsets.US_ASCII));
    assertTrue(model.isAt(file));
    assertFalse(new SyntheticModel(tiny("llama"), head).isAt(file));
    assertEquals(List.of(model.fileName()), files());
  }

  @Test
  void writesTheSameBytesAgain() throws IOException {
    SyntheticModel model = tinyModel(HeadType.Q8_0);
    model.write(folder.resolve("one.gguf"), (task, done, total) -> {});
    model.write(folder.resolve("two.gguf"), (task, done, total) -> {});
    assertArrayEquals(Files.readAllBytes(folder.resolve("one.gguf")), Files.readAllBytes(folder.resolve("two.gguf")));
  }

  @Test
  void leavesNothingWhenItIsInterrupted() throws IOException {
    Path file = folder.resolve("half.gguf");
    assertThrows(IllegalStateException.class, () -> tinyModel(HeadType.Q8_0).write(file, (task, done, total) -> {
      assertFalse(Files.exists(file), "a name that others look for is there before the file is whole");
      throw new IllegalStateException("interrupted");
    }));
    assertEquals(List.of(), files());
  }

  @Test
  void namesTheFolderThatCannotBeWrittenTo() {
    SyntheticModel model = tinyModel(HeadType.Q8_0);
    Path file = folder.resolve("file");
    model.write(file, (task, done, total) -> {});
    var obstacles = Map.of(folder.resolve("nowhere/model.gguf"), "there is no folder " + folder.resolve("nowhere"),
        folder,
        "it is a folder; name a file in it", file.resolve("model.gguf"), file + " is not a folder", folder.getRoot(),
        "it is a folder; name a file in it");
    obstacles.forEach((path, obstacle) -> {
      PlatformException failure = assertThrows(PlatformException.class, () -> model.write(path, (task, done, total) -> {
        throw new IllegalStateException("written before it is refused");
      }));
      assertEquals(StandardErrorCode.INVALID_VALUE, failure.code());
      assertEquals("cannot write to " + path + ": " + obstacle, failure.getMessage());
    });
  }

  @Test
  void replacesASyntheticModelAndNothingElse() throws IOException {
    SyntheticModel model = tinyModel(HeadType.Q8_0);
    Path synthetic = folder.resolve("synthetic.gguf");
    model.write(synthetic, (task, done, total) -> {});
    model.write(synthetic, (task, done, total) -> {});
    Path real = Files.writeString(folder.resolve("real.gguf"), "somebody's model");
    Path directory = Files.createDirectory(folder.resolve("directory"));
    for (Path other : List.of(real, directory, Files.createSymbolicLink(folder.resolve("link"), synthetic),
        Files.createSymbolicLink(folder.resolve("nowhere"), folder.resolve("missing")))) {
      PlatformException failure = assertThrows(PlatformException.class,
          () -> model.write(other, (task, done, total) -> {
            throw new IllegalStateException("written before it is refused");
          }));
      assertEquals(StandardErrorCode.INVALID_VALUE, failure.code());
      assertTrue(String.valueOf(failure.getMessage()).contains(other.toString()), failure.getMessage());
    }
    assertEquals("somebody's model", Files.readString(real));
    assertTrue(Files.isSymbolicLink(folder.resolve("link")) && Files.isSymbolicLink(folder.resolve("nowhere")));
    assertEquals(List.of("real.gguf", "synthetic.gguf"),
        files().stream().filter(name -> !name.equals("link")).toList());
  }

  @Test
  void sparesAFileThatAppearsWhileItWrites() throws IOException {
    Path file = folder.resolve("model.gguf");
    PlatformException failure = assertThrows(PlatformException.class,
        () -> tinyModel(HeadType.Q8_0).write(file, (task, done, total) -> downloadTo(file)));
    assertEquals(StandardErrorCode.INVALID_VALUE, failure.code());
    assertEquals("downloaded", Files.readString(file));
    assertEquals(List.of("model.gguf"), files());
  }

  private static void downloadTo(Path file) {
    try {
      Files.writeString(file, "downloaded");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  @DisabledOnOs(OS.WINDOWS)
  void followsNoLinkThatWaitsForItsPart() throws IOException {
    Path victim = Files.writeString(folder.resolve("victim"), "of somebody else");
    Files.createSymbolicLink(folder.resolve(".model.gguf." + ProcessHandle.current().pid() + ".part"), victim);
    tinyModel(HeadType.Q8_0).write(folder.resolve("model.gguf"), (task, done, total) -> {});
    assertEquals("of somebody else", Files.readString(victim));
  }

  @Test
  void deletesWhatIsNotKept() throws IOException {
    SyntheticModel model = tinyModel(HeadType.Q8_0);
    try (var file = SyntheticFile.of(model, folder, false, (task, done, total) -> {})) {
      assertTrue(model.isAt(file.path()));
      Files.writeString(file.path().resolveSibling("packed"), "what a plugin keeps beside a model");
    }
    assertEquals(List.of(), files());
  }

  @Test
  void usesAgainWhatIsKept() throws IOException {
    SyntheticModel model = tinyModel(HeadType.Q8_0);
    Path path;
    try (var file = SyntheticFile.of(model, folder, true, (task, done, total) -> {})) {
      path = file.path();
    }
    try (var file = SyntheticFile.of(model, folder, false, (task, done, total) -> {
      throw new IllegalStateException("written again");
    })) {
      assertEquals(path, file.path());
    }
    assertTrue(model.isAt(path));
    Files.writeString(path, "cut off");
    SyntheticFile.of(model, folder, true, (task, done, total) -> {}).close();
    assertTrue(model.isAt(path), "a file that is not this model is replaced");
  }

  @Test
  void hasOneTokenForEachWordOfItsTexts() {
    var vocabulary = new SyntheticVocabulary(2000);
    assertEquals(2000, vocabulary.tokens().size());
    assertEquals(2000, vocabulary.tokens().stream().distinct().count());
    assertEquals("\u0120a", vocabulary.tokens().get(256));
    assertEquals("\u0120aa", vocabulary.tokens().get(256 + 26));
    assertEquals(3, vocabulary.types()[vocabulary.endOfText()]);
    assertEquals(1, vocabulary.types()[vocabulary.beginOfText() - 1]);
  }

  @Test
  void hasOnlyShapesThatTheFormatCanHold() {
    for (PublishedShape shape : PublishedShape.all()) {
      assertEquals(0, shape.modelDim() % 256, shape.name());
      assertEquals(0, shape.ffnDim() % 256, shape.name());
      assertEquals(0, shape.queryDim() % 256, shape.name());
      assertEquals(0, shape.heads() % shape.kvHeads(), shape.name());
      assertEquals(shape, PublishedShape.named(shape.name().toUpperCase(Locale.ROOT)));
    }
  }

  @Test
  void hasAsManyWeightsAsThePublishedModel() {
    long weights = TensorPlan.of(PublishedShape.named("bitnet-2b-4t"), HeadType.F16).stream()
        .mapToLong(tensor -> (long) tensor.rows() * tensor.cols()).sum();
    // 2 412 820 480, as the model's card says.
    assertEquals(2_412_820_480L, weights);
  }
}
