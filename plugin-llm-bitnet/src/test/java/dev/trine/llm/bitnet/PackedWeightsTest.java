/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet;

import dev.trine.api.PlatformException;
import dev.trine.api.StandardErrorCode;
import dev.trine.api.llm.GenerationEvent;
import dev.trine.api.llm.GenerationRequest;
import dev.trine.api.llm.LoadOptions;
import dev.trine.api.llm.Prompt;
import dev.trine.api.llm.SamplingOptions;
import dev.trine.compute.format.Gguf;
import dev.trine.compute.kernel.Kernels;
import dev.trine.compute.kernel.choice.KernelChoice;
import dev.trine.llm.bitnet.packed.Forgery;
import dev.trine.llm.bitnet.packed.PackedWeightCache;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** Packed weights that are kept in a file: whatever becomes of the file or the model, the model answers as without it. */
class PackedWeightsTest {

  private static final String MINI = "bitnet-mini-set/bitnet-mini/";
  private static final List<String> FOLDER_FILES = List.of("config.json", "generation_config.json",
      "model.safetensors", "tokenizer.json", "tokenizer_config.json");
  private static final int STAMP_AT = 8;
  private static final int STAMP_END = 40;
  /** After the header's mark. */
  private static final int LENGTH_AT = 72;
  private static final int PREFIX_BYTES = 76;

  private final Kernels kernels = KernelChoice.choose(KernelChoice.Preference.AUTO).kernels();

  @TempDir
  private Path temporary;
  private Path model = Path.of("");
  private Path own = Path.of("");
  private PackedWeightCache cache = PackedWeightCache.off();

  @BeforeEach
  void copyModel() throws IOException {
    Path folder = Files.createDirectory(temporary.resolve("models"));
    model = folder.resolve("mini.gguf");
    Files.copy(GoldenFiles.path(MINI + "bitnet-mini.tq2_0.gguf"), model);
    own = Files.createDirectory(temporary.resolve("own"));
    cache = PackedWeightCache.keeping(() -> own, 1);
  }

  private LoadedModel open(Path path, PackedWeightCache with) {
    return LoadedModel.open(path, with, kernels, 2, new LoadOptions(64, 0), EngineSettings.defaults(),
        (done, total) -> {});
  }

  /** What a model says, which depends on all of its weights. */
  private String answer(Path path, PackedWeightCache with) {
    try (var loaded = open(path, with)) {
      return answer(loaded);
    }
  }

  private static String answer(LoadedModel loaded) {
    var request = GenerationRequest.builder(new Prompt.Tokens(List.of(1, 5, 60, 200, 17, 33, 400, 90, 12)))
        .sampling(SamplingOptions.builder().temperature(0.0).build()).maxTokens(16).ignoreEnd(true).build();
    var text = new StringBuilder();
    try (var stream = loaded.generate(request)) {
      while (stream.hasNext()) {
        if (stream.next() instanceof GenerationEvent.TextDelta(String delta)) {
          text.append(delta);
        }
      }
    }
    return text.toString();
  }

  private String plainAnswer() {
    return answer(model, PackedWeightCache.off());
  }

  private Path cacheFolder() {
    return model.resolveSibling(".trine-cache");
  }

  private static List<Path> packedFiles(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> !file.endsWith("CACHEDIR.TAG") && !file.endsWith("packed.key")).toList();
    }
  }

  private Path packedFile() throws IOException {
    List<Path> files = packedFiles(cacheFolder());
    assertEquals(1, files.size(), files::toString);
    return files.getFirst();
  }

  /** Changes when a file is replaced by another. */
  private static Object identity(Path file) throws IOException {
    return Objects.requireNonNull(Files.readAttributes(file, BasicFileAttributes.class).fileKey());
  }

  /** The bytes of a file of packed weights, without the stamp of the model's files. */
  private static byte[] content(Path file) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    Arrays.fill(bytes, Math.min(STAMP_AT, bytes.length), Math.min(STAMP_END, bytes.length), (byte) 0);
    return bytes;
  }

  @Test
  void theSecondStartMapsWhatTheFirstHasPacked() throws IOException {
    String expected = plainAnswer();
    assertFalse(Files.exists(cacheFolder()));
    assertEquals(expected, answer(model, cache));
    Path file = packedFile();
    assertTrue(file.getFileName().toString().startsWith("mini.gguf."), file::toString);
    assertTrue(Files.readString(cacheFolder().resolve("CACHEDIR.TAG"))
        .startsWith("Signature: 8a477f597d28d172789f06886806bc55"));
    Object first = identity(file);
    byte[] bytes = Files.readAllBytes(file);
    assertEquals(expected, answer(model, cache));
    assertEquals(first, identity(packedFile()));
    assertArrayEquals(bytes, Files.readAllBytes(file));
    assertEquals(List.of(), packedFiles(own));
  }

  @Test
  void aFolderKeepsItsPackedWeightsInside() throws IOException {
    Path folder = copyOfFolder("bitnet-mini");
    String expected = answer(folder, PackedWeightCache.off());
    assertEquals(expected, answer(folder, cache));
    Path file = packedFiles(folder.resolve(".trine-cache")).getFirst();
    Object first = identity(file);
    assertEquals(expected, answer(folder, cache));
    assertEquals(first, identity(file));
  }

  private Path copyOfFolder(String name) throws IOException {
    Path folder = Files.createDirectory(temporary.resolve(name));
    for (String file : FOLDER_FILES) {
      Files.copy(GoldenFiles.path("bitnet-mini-set/" + name + "/" + file), folder.resolve(file));
    }
    return folder;
  }

  @Test
  void anotherRuleForTheSameTensorsIsSeen() throws IOException {
    Path folder = copyOfFolder("bitnet-mini");
    answer(folder, cache);
    Path config = folder.resolve("config.json");
    String json = Files.readString(config);
    String changed = json.replace("autobitlinear", "bitlinear");
    assertNotEquals(json, changed);
    Files.writeString(config, changed);
    Path file = packedFiles(folder.resolve(".trine-cache")).getFirst();
    byte[] before = content(file);
    assertEquals(answer(folder, PackedWeightCache.off()), answer(folder, cache));
    assertFalse(Arrays.equals(before, content(file)));
  }

  @Test
  void aFileThatWasCutOffIsMadeAnew() throws IOException {
    String expected = answer(model, cache);
    Path file = packedFile();
    byte[] whole = content(file);
    var lengths = new ArrayList<>(List.of(0, 1, 7, 8, 40, 72, 75, 76, 77, 100, 4095, 4096, 4097));
    for (int length = 10_000; length < whole.length; length += whole.length / 10) {
      lengths.add(length);
    }
    lengths.add(whole.length - 1);
    for (int length : lengths) {
      try (var access = new RandomAccessFile(file.toFile(), "rw")) {
        access.setLength(length);
      }
      assertEquals(expected, answer(model, cache), "cut off to " + length);
      assertArrayEquals(whole, content(file), "cut off to " + length);
    }
  }

  @Test
  void bytesThatFlippedAreNoticed() throws IOException {
    String expected = answer(model, cache);
    Path file = packedFile();
    byte[] whole = content(file);
    int header = PREFIX_BYTES + ByteBuffer.wrap(whole).getInt(LENGTH_AT);
    var random = new Random(4);
    for (int round = 0; round < 200; round++) {
      int at = round < PREFIX_BYTES
          ? round
          : round < 140
              ? random.nextInt(header)
              : (header / 4096 + 1) * 4096
                  + random.nextInt(whole.length - (header / 4096 + 1) * 4096);
      byte[] damaged = Files.readAllBytes(file);
      damaged[at] ^= (byte) (1 << random.nextInt(8));
      Files.write(file, damaged);
      assertEquals(expected, answer(model, cache), "byte " + at);
      byte[] now = content(file);
      boolean padding = at >= header && at < (header / 4096 + 1) * 4096;
      assertTrue(padding || Arrays.equals(whole, now), "byte " + at);
      if (padding) {
        Files.write(file, whole);
      }
    }
  }

  @Test
  void aStrangersFileIsReplaced() throws IOException {
    String expected = answer(model, cache);
    Path file = packedFile();
    byte[] whole = content(file);
    Files.writeString(file, "This is a letter and no weights at all.");
    assertEquals(expected, answer(model, cache));
    assertArrayEquals(whole, content(file));
    // The file of another model under this one's name.
    Path other = copyOfFolder("bitnet-mini");
    answer(other, cache);
    Files.write(file, Files.readAllBytes(packedFiles(other.resolve(".trine-cache")).getFirst()));
    assertEquals(expected, answer(model, cache));
    assertArrayEquals(whole, content(file));
  }

  @Test
  void forgedWeightsAreReplaced() throws IOException {
    String expected = answer(model, cache);
    Path file = packedFile();
    byte[] whole = content(file);
    Forgery.forge(file);
    assertFalse(Arrays.equals(whole, content(file)));
    assertEquals(expected, answer(model, cache));
    assertArrayEquals(whole, content(file));
  }

  @Test
  void weightsThatCameWithAModelAreReplaced() throws IOException {
    Path download = copyOfFolder("bitnet-mini");
    String expected = answer(download, PackedWeightCache.off());
    Path theirs = Files.createDirectory(temporary.resolve("theirs"));
    answer(download, PackedWeightCache.keeping(() -> theirs, 1));
    Path file = packedFiles(download.resolve(".trine-cache")).getFirst();
    Forgery.forge(file);
    byte[] forged = content(file);
    assertEquals(expected, answer(download, cache));
    assertFalse(Arrays.equals(forged, content(file)));
    assertEquals(expected, answer(download, cache));
  }

  @Test
  void processesOfOneUserShareAFileAndThoseOfOthersDoNot() throws IOException {
    String expected = answer(model, cache);
    Object first = identity(packedFile());
    assertEquals(expected, answer(model, PackedWeightCache.keeping(() -> own, 1)));
    assertEquals(first, identity(packedFile()));
    Path theirs = Files.createDirectory(temporary.resolve("theirs"));
    assertEquals(expected, answer(model, PackedWeightCache.keeping(() -> theirs, 1)));
    assertNotEquals(first, identity(packedFile()));
  }

  @Test
  void anOlderFileIsNotPassedOffAsThatOfTheChangedModel() throws IOException {
    answer(model, cache);
    byte[] older = Files.readAllBytes(packedFile());
    byte[] bytes = Files.readAllBytes(model);
    fillCodes(bytes, 200, 0x55);
    Files.write(model, bytes);
    String expected = plainAnswer();
    assertEquals(expected, answer(model, cache));
    byte[] current = Files.readAllBytes(packedFile());
    System.arraycopy(current, STAMP_AT, older, STAMP_AT, STAMP_END - STAMP_AT);
    Files.write(packedFile(), older);
    assertEquals(expected, answer(model, cache));
    assertArrayEquals(current, Files.readAllBytes(packedFile()));
  }

  @Test
  void withoutAKeyNothingIsUsedOrMade() throws IOException {
    PackedWeightCache keyless = PackedWeightCache.keeping(() -> {
      throw new PlatformException(StandardErrorCode.INVALID_CONFIGURATION, "no home");
    }, 1);
    String expected = answer(model, keyless);
    assertEquals(plainAnswer(), expected);
    assertFalse(Files.exists(cacheFolder()));
    answer(model, cache);
    try (var loaded = open(model, keyless)) {
      try (var access = new RandomAccessFile(packedFile().toFile(), "rw")) {
        access.setLength(4096);
      }
      assertEquals(expected, answer(loaded));
    }
  }

  @Test
  void aChangedModelIsPackedAnewThoughSizeAndTimeAreAsBefore() throws IOException {
    answer(model, cache);
    byte[] before = content(packedFile());
    FileTime time = Files.getLastModifiedTime(model);
    byte[] bytes = Files.readAllBytes(model);
    fillCodes(bytes, 200, 0x55);
    Path written = Files.write(model.resolveSibling("new.gguf"), bytes);
    Files.move(written, model, StandardCopyOption.ATOMIC_MOVE);
    Files.setLastModifiedTime(model, time);
    String expected = plainAnswer();
    assertEquals(expected, answer(model, cache));
    assertFalse(Arrays.equals(before, content(packedFile())));
  }

  @Test
  void aModelThatIsChangedInPlaceIsPackedAnewThoughItsTimeIsSetBack() throws IOException {
    assumeTrue(model.getFileSystem().supportedFileAttributeViews().contains("unix"), "needs the time of changes");
    answer(model, cache);
    Object file = identity(model);
    FileTime time = Files.getLastModifiedTime(model);
    byte[] bytes = Files.readAllBytes(model);
    fillCodes(bytes, 200, 0x55);
    Files.write(model, bytes);
    Files.setLastModifiedTime(model, time);
    assertEquals(file, identity(model));
    assertEquals(time, Files.getLastModifiedTime(model));
    assertEquals(plainAnswer(), answer(model, cache));
  }

  @Test
  void nothingIsKeptOfAModelThatIsChangedWhileItIsPacked() throws IOException {
    var changed = new AtomicBoolean();
    String expected = plainAnswer();
    try (var loaded = LoadedModel.open(model, cache, kernels, 2, new LoadOptions(64, 0), EngineSettings.defaults(),
        (done, total) -> {
          // One matrix has been packed, others have not.
          if (done > 0 && changed.compareAndSet(false, true)) {
            touch(model);
          }
        })) {
      assertEquals(expected, answer(loaded));
    }
    assertTrue(changed.get());
    assertEquals(List.of(), packedFiles(cacheFolder()));
    assertEquals(List.of(), packedFiles(own));
  }

  private static void touch(Path file) {
    try {
      Files.setLastModifiedTime(file, FileTime.fromMillis(1_000_000_000_000L));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Overwrites the codes, but not the scales, of the first blocks of a TQ2_0 tensor. */
  private void fillCodes(byte[] file, int blocks, int codes) {
    try (Arena arena = Arena.ofConfined()) {
      var tensor = Gguf.open(model, arena).requireTensor("blk.1.ffn_down.weight").data();
      byte[] first = tensor.asSlice(0, 66).toArray(ValueLayout.JAVA_BYTE);
      int at = 0;
      while (!Arrays.equals(file, at, at + 66, first, 0, 66)) {
        at++;
      }
      for (int block = 0; block < blocks; block++) {
        Arrays.fill(file, at + block * 66, at + block * 66 + 64, (byte) codes);
      }
    }
  }

  @Test
  void aMovedOrTouchedModelKeepsItsPackedWeights() throws IOException {
    String expected = answer(model, cache);
    Object first = identity(packedFile());
    byte[] content = content(packedFile());
    byte[] stamped = Files.readAllBytes(packedFile());
    Files.setLastModifiedTime(model, FileTime.fromMillis(1_000_000_000_000L));
    assertEquals(expected, answer(model, cache));
    assertEquals(first, identity(packedFile()));
    assertArrayEquals(content, content(packedFile()));
    byte[] restamped = Files.readAllBytes(packedFile());
    assertFalse(Arrays.equals(stamped, restamped));
    assertEquals(expected, answer(model, cache));
    assertArrayEquals(restamped, Files.readAllBytes(packedFile()));
  }

  @Test
  void oldVersionsAndLayoutsOfTheModelAreRemovedAndOthersStay() throws IOException {
    Files.createDirectory(cacheFolder());
    Path oldVersion = Files.createFile(cacheFolder().resolve("mini.gguf.lut4-0.packed"));
    Path oldLayout = Files.createFile(cacheFolder().resolve("mini.gguf.bits9-7.packed"));
    Path ofGoneModel = Files.createFile(cacheFolder().resolve("gone.gguf.lut4-1.packed"));
    Files.createFile(model.resolveSibling("other.gguf"));
    Path ofOther = Files.createFile(cacheFolder().resolve("other.gguf.lut4-1.packed"));
    Path foreign = Files.createFile(cacheFolder().resolve("notes.txt"));
    answer(model, cache);
    assertFalse(Files.exists(oldVersion));
    assertFalse(Files.exists(oldLayout));
    assertFalse(Files.exists(ofGoneModel));
    assertTrue(Files.exists(ofOther));
    assertTrue(Files.exists(foreign));
  }

  @Test
  void whatAKilledProcessLeftIsRemovedAndWhatIsBeingWrittenStays() throws IOException {
    Files.createDirectory(cacheFolder());
    Path left = Files.createFile(cacheFolder().resolve("mini.gguf.lut4-1.packed." + UUID.randomUUID() + ".tmp"));
    Path written = Files.createFile(cacheFolder().resolve("mini.gguf.lut4-1.packed." + UUID.randomUUID() + ".tmp"));
    Path young = Files.createFile(cacheFolder().resolve("mini.gguf.lut4-1.packed." + UUID.randomUUID() + ".tmp"));
    Files.setLastModifiedTime(left, FileTime.fromMillis(1_000_000_000_000L));
    try (var channel = FileChannel.open(written, StandardOpenOption.WRITE); var lock = channel.lock()) {
      assertTrue(lock.isValid());
      Files.setLastModifiedTime(written, FileTime.fromMillis(1_000_000_000_000L));
      answer(model, cache);
      assertFalse(Files.exists(left));
      assertTrue(Files.exists(written));
      assertTrue(Files.exists(young));
    }
  }

  private static void makePipe(Path path) throws IOException, InterruptedException {
    assumeTrue(new ProcessBuilder("mkfifo", path.toString()).start().waitFor() == 0, "needs mkfifo");
  }

  @Test
  void aPipeInThePlaceOfAFileIsNotWaitedFor() throws IOException, InterruptedException {
    String expected = answer(model, cache);
    Path file = packedFile();
    Files.delete(file);
    makePipe(file);
    assertTimeoutPreemptively(Duration.ofSeconds(30), () -> assertEquals(expected, answer(model, cache)));
    assertTrue(Files.isRegularFile(packedFile()));
  }

  @Test
  void aPipeWithTheNameOfAnUnfinishedFileIsNotWaitedFor() throws IOException, InterruptedException {
    Files.createDirectory(cacheFolder());
    Path pipe = cacheFolder().resolve("mini.gguf.lut4-1.packed." + UUID.randomUUID() + ".tmp");
    makePipe(pipe);
    // Setting the time from here would wait for the pipe's other end, too.
    assumeTrue(new ProcessBuilder("touch", "-d", "2001-01-01", pipe.toString()).start().waitFor() == 0, "needs touch");
    String expected = plainAnswer();
    assertTimeoutPreemptively(Duration.ofSeconds(30), () -> assertEquals(expected, answer(model, cache)));
    assertTrue(Files.exists(pipe));
    assertEquals(2, packedFiles(cacheFolder()).size());
  }

  @Test
  void aLinkInThePlaceOfAFileIsReplacedAndWhatItLeadsToStays() throws IOException {
    String expected = answer(model, cache);
    Path file = packedFile();
    Path elsewhere = Files.move(file, temporary.resolve("elsewhere"));
    Files.setLastModifiedTime(model, FileTime.fromMillis(1_000_000_000_000L));
    byte[] before = Files.readAllBytes(elsewhere);
    Files.createSymbolicLink(file, elsewhere);
    assertEquals(expected, answer(model, cache));
    assertTrue(Files.isRegularFile(packedFile(), LinkOption.NOFOLLOW_LINKS));
    assertArrayEquals(before, Files.readAllBytes(elsewhere));
  }

  @Test
  void whereItCannotBeWrittenTheOwnFolderIsUsed() throws IOException {
    Files.createFile(cacheFolder());
    String expected = plainAnswer();
    assertEquals(expected, answer(model, cache));
    Path file = packedFiles(own).stream().filter(Files::isRegularFile).findFirst().orElseThrow();
    Object first = identity(file);
    assertEquals(expected, answer(model, cache));
    assertEquals(first, identity(file));
  }

  @Test
  void aLinkInThePlaceOfTheFolderIsNotFollowed() throws IOException {
    Path documents = Files.createDirectory(temporary.resolve("documents"));
    Path letter = Files.writeString(documents.resolve("letter.gguf.lut4-1.packed"), "no model of this name");
    Files.createSymbolicLink(cacheFolder(), documents);
    String expected = plainAnswer();
    assertEquals(expected, answer(model, cache));
    assertEquals(List.of(letter), packedFiles(documents));
    Path file = packedFiles(own).getFirst();
    Object first = identity(file);
    assertEquals(expected, answer(model, cache));
    assertEquals(first, identity(file));
    // One that leads nowhere yet.
    Files.delete(cacheFolder());
    Files.createSymbolicLink(cacheFolder(), temporary.resolve("nowhere"));
    assertEquals(expected, answer(model, cache));
    assertFalse(Files.exists(temporary.resolve("nowhere")));
  }

  @Test
  void aFolderThatOthersMayWriteToIsNotUsed() throws IOException {
    assumeTrue(model.getFileSystem().supportedFileAttributeViews().contains("posix"), "needs permissions");
    String expected = answer(model, cache);
    Files.setPosixFilePermissions(cacheFolder(), PosixFilePermissions.fromString("rwxrwxrwx"));
    try (var loaded = open(model, cache)) {
      try (var access = new RandomAccessFile(packedFile().toFile(), "rw")) {
        access.setLength(4096);
      }
      assertEquals(expected, answer(loaded));
    }
    assertEquals(1, packedFiles(own).size());
  }

  @Test
  void aFolderOfAnotherUserIsNotUsed() throws IOException {
    assumeTrue("root".equals(System.getProperty("user.name")), "only root can give a folder away");
    Files.createDirectory(cacheFolder());
    Files.setAttribute(cacheFolder(), "unix:uid", 12345);
    assertEquals(plainAnswer(), answer(model, cache));
    assertEquals(List.of(), packedFiles(cacheFolder()));
    assertEquals(1, packedFiles(own).size());
  }

  @Test
  void aModelWhoseFilesAreLinksIsLeftAlone() throws IOException {
    Path link = Files.createSymbolicLink(Files.createDirectory(temporary.resolve("links")).resolve("mini.gguf"), model);
    assertEquals(plainAnswer(), answer(link, cache));
    assertFalse(Files.exists(link.resolveSibling(".trine-cache")));
    assertFalse(Files.exists(cacheFolder()));
    assertFalse(packedFiles(own).isEmpty());
  }

  /** Ways in which nothing can be kept. */
  private enum Obstacle {
    NO_FOLDER, OFF, SMALL
  }

  @ParameterizedTest
  @EnumSource
  void withoutAFileTheModelRunsAllTheSame(Obstacle obstacle) throws IOException {
    String expected = plainAnswer();
    PackedWeightCache without = switch (obstacle) {
      case NO_FOLDER -> PackedWeightCache.keeping(() -> {
        throw new PlatformException(StandardErrorCode.INVALID_CONFIGURATION, "no home");
      }, 1);
      case OFF -> PackedWeightCache.off();
      case SMALL -> PackedWeightCache.keeping(() -> own);
    };
    if (obstacle == Obstacle.NO_FOLDER) {
      Files.createFile(cacheFolder());
    }
    assertEquals(expected, answer(model, without));
    assertFalse(Files.isDirectory(cacheFolder()));
    assertEquals(List.of(), packedFiles(own));
  }

  @Test
  void severalMayStartAtOnce() throws Exception {
    String expected = plainAnswer();
    try (var executor = Executors.newFixedThreadPool(4)) {
      for (int round = 0; round < 3; round++) {
        Callable<String> start = () -> answer(model, cache);
        for (var result : executor.invokeAll(List.of(start, start, start, start))) {
          assertEquals(expected, result.get());
        }
        packedFile();
        Files.delete(packedFile());
      }
    }
  }

  @Test
  void refusesToReadAFileThatWasCutOffSinceItWasMapped() throws IOException {
    try (var loaded = open(model, cache)) {
      answer(loaded);
      Path file = packedFile();
      try (var access = new RandomAccessFile(file.toFile(), "rw")) {
        access.setLength(4096);
      }
      var refused = assertThrows(PlatformException.class, () -> answer(loaded));
      assertEquals(StandardErrorCode.MODEL_UNAVAILABLE, refused.code());
      assertTrue(String.valueOf(refused.getMessage()).contains(file.toString()), refused::getMessage);
    }
  }

  @Test
  void aFileThatIsReplacedOrRemovedStaysMapped() throws IOException {
    try (var loaded = open(model, cache)) {
      String expected = answer(loaded);
      Files.delete(packedFile());
      assertEquals(expected, answer(loaded));
    }
  }

  @Test
  void damagedCodesOfTheModelAreRefusedAndNothingIsLeft() throws IOException {
    byte[] bytes = Files.readAllBytes(model);
    fillCodes(bytes, 1, 0xFF);
    Files.write(model, bytes);
    var refused = assertThrows(PlatformException.class, () -> answer(model, cache));
    assertEquals(StandardErrorCode.MODEL_INVALID, refused.code());
    assertEquals(List.of(), packedFiles(cacheFolder()));
  }
}
