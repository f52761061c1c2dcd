/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.bench.scratch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** What goes when the JVM is told to end is shown in {@code MeasuringTest}. */
class ScratchFolderTest {

  /** No process has it. */
  private static final long NOBODY = Integer.MAX_VALUE;

  @TempDir
  Path parent;

  private Path left(String name, Duration ago) throws IOException {
    Path path = Files.createDirectory(parent.resolve(name));
    Files.writeString(path.resolve("weights"), "large");
    Files.setLastModifiedTime(path, FileTime.from(Instant.now().minus(ago)));
    return path;
  }

  private static String name(long pid) {
    return "fresh." + pid + "." + UUID.randomUUID() + ".tmp";
  }

  @Test
  void goesWithAllThatIsInIt() throws IOException {
    Path path;
    try (var one = ScratchFolder.in(parent, "fresh"); var other = ScratchFolder.in(parent, "fresh")) {
      path = one.path();
      assertNotEquals(path, other.path());
      Files.writeString(Files.createDirectory(path.resolve("inner")).resolve("file"), "text");
      assertEquals(parent, path.getParent());
    }
    assertFalse(Files.exists(path));
  }

  @Test
  void removesWhatAProcessLeftThatIsGone() throws IOException {
    Path gone = left(name(NOBODY), Duration.ofDays(2));
    Path perhapsOfAnotherMachine = left(name(NOBODY), Duration.ofHours(2));
    Path running = left(name(ProcessHandle.current().pid()), Duration.ofDays(2));
    Path kept = left("bitnet-2b-4t-q8_0." + NOBODY, Duration.ofDays(2));
    Path linked = left("linked", Duration.ofDays(2));
    Path link = Files.createSymbolicLink(parent.resolve(name(NOBODY)), linked);
    ScratchFolder.in(parent, "fresh").close();
    assertFalse(Files.exists(gone));
    assertTrue(Files.exists(perhapsOfAnotherMachine.resolve("weights")));
    assertTrue(Files.exists(running.resolve("weights")));
    assertTrue(Files.exists(kept.resolve("weights")));
    assertTrue(Files.exists(link.resolve("weights")));
  }
}
