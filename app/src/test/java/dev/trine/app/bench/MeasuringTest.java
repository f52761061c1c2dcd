/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.bench;

import dev.trine.api.PlatformException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** What a benchmark measures with. */
class MeasuringTest {

  @TempDir
  Path folder;

  @Test
  void takesTheMiddleOfRepetitions() {
    var samples = new Samples();
    assertEquals(0, samples.median());
    for (double value : new double[]{9, 1, 3, 4}) {
      samples.add(value);
    }
    assertEquals(3.5, samples.median());
    assertEquals(1, samples.min());
    assertEquals(9, samples.max());
    samples.add(100);
    assertEquals(4, samples.median());
    assertEquals(List.of(9.0, 1.0, 3.0, 4.0, 100.0), samples.all(), "in the order in which they were measured");
  }

  @Test
  void readsMemoryWithSeveralThreads() {
    var bandwidth = new ReadBandwidth(3, 12 << 20, 2);
    bandwidth.measure(false);
    assertEquals(0, bandwidth.bytesPerSecond().median());
    bandwidth.measure(true);
    assertTrue(bandwidth.bytesPerSecond().median() > 0);
  }

  @Test
  void handsOverBetweenThreads() {
    assumeTrue(Runtime.getRuntime().availableProcessors() > 1, "one processor has nobody to hand over to");
    var handOver = new HandOver();
    handOver.measure(false);
    assertEquals(0, handOver.nanos().max());
    for (int i = 0; i < 20 && handOver.nanos().all().isEmpty(); i++) {
      handOver.measure(true);
    }
    assertTrue(handOver.nanos().median() > 1 && handOver.nanos().median() < 1e6,
        () -> handOver.nanos().all().toString());
  }

  @Test
  void givesUpOnProcessorsThatAreBusyElsewhere() {
    var handOver = new HandOver(0);
    handOver.measure(true);
    assertEquals(0, handOver.nanos().count());
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void leavesMemoryOfMeasuringOut() {
    var memory = new PeakMemory();
    memory.update();
    long before = memory.bytes().orElseThrow();
    long large = 256L << 20;
    memory.leaveOut(() -> {
      try (Arena arena = Arena.ofConfined()) {
        arena.allocate(large).fill((byte) 1);
      }
    });
    memory.update();
    assertTrue(memory.bytes().orElseThrow() < before + large / 2,
        "from " + before + " to " + memory.bytes().orElseThrow());
  }

  @Test
  void tellsNoPeakThatCannotBeReset() throws IOException {
    Path status = Files.writeString(folder.resolve("status"), "VmHWM:\t    5000 kB\n");
    Path clear = folder.resolve("clear_refs");
    var memory = new PeakMemory(status, clear);
    memory.leaveOut(() -> {});
    assertEquals("5", Files.readString(clear));
    assertEquals(5000 << 10, memory.bytes().orElseThrow());
    assertFalse(memory.isSpoilt());
    var spoilt = new PeakMemory(status, Files.createDirectory(folder.resolve("not-writable")));
    spoilt.leaveOut(() -> {});
    spoilt.update();
    assertTrue(spoilt.bytes().isEmpty());
    assertTrue(spoilt.isSpoilt());
    var elsewhere = new PeakMemory(folder.resolve("missing"), folder.resolve("missing/clear_refs"));
    elsewhere.leaveOut(() -> {});
    assertTrue(elsewhere.bytes().isEmpty());
    assertFalse(elsewhere.isSpoilt(), "where the system tells no peak, nothing is missing");
  }

  @Test
  void countsFilesThatWereMappedSince() throws IOException {
    Path maps = Files.writeString(folder.resolve("smaps"), """
        7f0000000000-7f0000001000 r--s 00000000 08:01 11                         /models/before.gguf
        Rss:                   4 kB
        """);
    var mapped = new MappedFiles(maps, "/opt/jdk");
    assertEquals(0, mapped.residentBytes().orElseThrow());
    Files.writeString(maps, """
        7f0000000000-7f0000001000 r--s 00000000 08:01 11                         /models/before.gguf
        Rss:                   8 kB
        7f0000001000-7f0000002000 r--s 00000000 08:01 12                         /models/a model.gguf
        Size:                400 kB
        Rss:                 100 kB
        Pss:                 100 kB
        7f0000003000-7f0000004000 r--s 00010000 08:01 12                         /models/a model.gguf
        Rss:                  10 kB
        7f0000005000-7f0000006000 rw-p 00000000 00:00 0
        Rss:                9999 kB
        7f0000007000-7f0000008000 rw-p 00000000 00:00 0                          [heap]
        Rss:                9999 kB
        7f0000009000-7f000000a000 r-xp 00000000 08:01 13                         /opt/jdk/lib/libnet.so
        Rss:                9999 kB
        7f000000b000-7f000000c000 r--s 00000000 08:01 14                         /plugins/one.jar
        Rss:                9999 kB
        """);
    assertEquals(110 << 10, mapped.residentBytes().orElseThrow());
    assertTrue(new MappedFiles(folder.resolve("missing"), "/opt/jdk").residentBytes().isEmpty());
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void countsOfAMappedFileWhatHasBeenRead() throws IOException {
    Path file = Files.write(folder.resolve("weights"), new byte[1 << 20]);
    var mapped = new MappedFiles();
    try (Arena arena = Arena.ofConfined(); FileChannel channel = FileChannel.open(file)) {
      MemorySegment weights = channel.map(FileChannel.MapMode.READ_ONLY, 0, 1 << 20, arena);
      for (long at = 0; at < weights.byteSize(); at += 4096) {
        assertEquals(0, weights.get(ValueLayout.JAVA_BYTE, at));
      }
      assertEquals(1 << 20, mapped.residentBytes().orElseThrow());
    }
  }

  @Test
  void namesTheProcessor() {
    assertFalse(ProcessorName.of(Map.of()).isBlank());
  }

  @Test
  void findsRowsByName() {
    assertEquals(EnumSet.allOf(RowKind.class), RowKind.named(List.of()));
    assertEquals(EnumSet.of(RowKind.DECODE_BATCH, RowKind.PREFILL), RowKind.named(List.of("prefill", "Decode-Batch")));
    PlatformException failure = assertThrows(PlatformException.class, () -> RowKind.named(List.of("prefil")));
    assertTrue(String.valueOf(failure.getMessage()).contains("Did you mean prefill?"), failure.getMessage());
    assertThrows(PlatformException.class, () -> RowKind.named(List.of("")));
  }

  @Test
  void linksAFileAsIfItWereNew() throws IOException {
    Path file = Files.writeString(folder.resolve("model.gguf"), "weights");
    Files.writeString(Files.createDirectory(folder.resolve(".cache")).resolve("model.packed"), "packed");
    Path model;
    try (var copy = FreshCopy.of(file, folder)) {
      model = copy.model();
      assertEquals("weights", Files.readString(model));
      assertFalse(Files.exists(model.resolveSibling(".cache")));
      assertFalse(Files.exists(copy.home()));
      assertEquals(0, copy.leftBytes());
      Files.writeString(model.resolveSibling("left"), "behind");
      Files.writeString(Files.createDirectories(copy.home().resolve("cache")).resolve("packed"), "weights");
      assertEquals(13, copy.leftBytes());
    }
    assertFalse(Files.exists(model));
    assertEquals("weights", Files.readString(file), "the model itself stays");
  }

  @Test
  void linksTheFilesOfAFolderAndAllPartsOfAModel() throws IOException {
    Path source = Files.createDirectory(folder.resolve("source"));
    Path first = Files.writeString(source.resolve("m-00001-of-00002.gguf"), "1");
    Files.writeString(source.resolve("m-00002-of-00002.gguf"), "2");
    Files.createDirectory(source.resolve(".trine-cache"));
    for (Path path : List.of(source, first)) {
      try (var copy = FreshCopy.of(path, folder)) {
        Path inside = Files.isDirectory(path) ? copy.model() : copy.model().resolveSibling(".");
        assertEquals("1", Files.readString(inside.resolve("m-00001-of-00002.gguf")));
        assertEquals("2", Files.readString(inside.resolve("m-00002-of-00002.gguf")));
        assertFalse(Files.exists(inside.resolve(".trine-cache")));
      }
    }
  }

  /** A process that writes no token. */
  static final class Sleeper {

    private Sleeper() {}

    public static void main(String[] args) throws InterruptedException {
      Thread.sleep(Duration.ofMinutes(5));
    }
  }

  /** Waits for the first token of a copy of {@code model.gguf} in a folder, in which it notes the id of the process. */
  static final class Waiter {

    private Waiter() {}

    public static void main(String[] args) throws IOException {
      Path folder = Path.of(args[0]);
      try (var copy = FreshCopy.of(folder.resolve("model.gguf"), folder)) {
        Files.writeString(copy.model().resolveSibling("packed"), "by the process");
        new FirstTokenRow(errors -> {
          Process sleeper = start(Sleeper.class, errors);
          Path pid = Files.writeString(folder.resolve("pid.part"), Long.toString(sleeper.pid()));
          Files.move(pid, folder.resolve("pid"));
          return sleeper;
        }, false).measure(true);
      }
    }
  }

  private static Process start(Class<?> main, Path errors, String... args) throws IOException {
    var command = new ArrayList<String>(
        List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp",
            System.getProperty("java.class.path"), main.getName()));
    command.addAll(List.of(args));
    return new ProcessBuilder(command).redirectError(errors.toFile()).start();
  }

  @Test
  @DisabledOnOs(OS.WINDOWS)
  void leavesNeitherFilesNorProcessesWhenItIsTerminated() throws Exception {
    Files.writeString(folder.resolve("model.gguf"), "weights");
    Path errors = folder.resolve("err");
    Process waiter = start(Waiter.class, errors, folder.toString());
    try {
      Path pid = folder.resolve("pid");
      while (!Files.exists(pid) && waiter.isAlive()) {
        Thread.sleep(10);
      }
      Optional<ProcessHandle> sleeper = ProcessHandle.of(Long.parseLong(Files.readString(pid)));
      waiter.destroy();
      waiter.waitFor();
      boolean sleeps = sleeper.isPresent() && sleeper.get().isAlive();
      sleeper.ifPresent(ProcessHandle::destroyForcibly);
      assertFalse(sleeps, "the process that it waited for runs on");
    } finally {
      waiter.destroyForcibly();
    }
    assertFalse(Files.readString(errors).contains("Exception"), Files.readString(errors));
    try (Stream<Path> left = Files.list(folder)) {
      assertEquals(List.of("err", "model.gguf", "pid"),
          left.map(path -> path.getFileName().toString()).sorted().toList());
    }
  }

  @Test
  void waitsForATokenForALimitedTime() {
    var row = new FirstTokenRow(errors -> start(Sleeper.class, errors), true, Duration.ofMillis(300));
    PlatformException failure = assertThrows(PlatformException.class, () -> row.measure(true));
    assertTrue(String.valueOf(failure.getMessage()).contains("had not ended after"), failure.getMessage());
  }

  @Test
  void saysWhyAProcessGaveNoToken() {
    var row = new FirstTokenRow(errors -> new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java")
        .toString(), "no.such.Class").redirectError(errors.toFile()).start(), true);
    PlatformException failure = assertThrows(PlatformException.class, () -> row.measure(true));
    assertTrue(String.valueOf(failure.getMessage()).contains("no.such.Class"), failure.getMessage());
  }
}
