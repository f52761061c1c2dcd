/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.packed;

import dev.trine.llm.bitnet.packed.CacheKey.Use;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Collections;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

class KeyFileTest {

  @TempDir
  private Path temporary = Path.of("");

  /** What tells keys apart. */
  private static String mark(Path folder) throws IOException {
    return HexFormat.of().formatHex(KeyFile.readOrMake(folder).mac(Use.HEADER, new byte[3]));
  }

  private static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.toList();
    }
  }

  @Test
  void theKeyStaysAndEachFolderHasItsOwn() throws IOException {
    Path first = temporary.resolve("first");
    String mark = mark(first);
    assertEquals(mark, mark(first));
    assertEquals(List.of(KeyFile.in(first)), files(first));
    assertEquals(32, Files.size(KeyFile.in(first)));
    assertNotEquals(mark, mark(temporary.resolve("second")));
  }

  @Test
  void onlyItsOwnerCanReadIt() throws IOException {
    assumeTrue(temporary.getFileSystem().supportedFileAttributeViews().contains("posix"), "needs permissions");
    mark(temporary);
    assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(KeyFile.in(temporary))));
  }

  @Test
  void thoseThatStartAtOnceAgree() throws Exception {
    int starts = 4;
    var barrier = new CyclicBarrier(starts);
    try (var executor = Executors.newFixedThreadPool(starts)) {
      for (int round = 0; round < 50; round++) {
        Path folder = temporary.resolve("round" + round);
        Callable<String> start = () -> {
          barrier.await();
          return mark(folder);
        };
        var marks = new HashSet<String>();
        for (var result : executor.invokeAll(Collections.nCopies(starts, start))) {
          marks.add(result.get());
        }
        assertEquals(1, marks.size());
        assertEquals(marks, Collections.singleton(mark(folder)));
        assertEquals(List.of(KeyFile.in(folder)), files(folder));
      }
    }
  }

  @Test
  void aDamagedKeyIsReplaced() throws IOException {
    for (int size : new int[]{0, 31, 33}) {
      Files.write(KeyFile.in(temporary), new byte[size]);
      String mark = mark(temporary);
      assertEquals(mark, mark(temporary));
      assertEquals(32, Files.size(KeyFile.in(temporary)));
    }
  }

  @Test
  void aLinkOrAPipeIsNoKey() throws IOException, InterruptedException {
    Path known = Files.write(temporary.resolve("known"), new byte[32]);
    Path folder = Files.createDirectory(temporary.resolve("folder"));
    Files.createSymbolicLink(KeyFile.in(folder), known);
    mark(folder);
    assertTrue(Files.isRegularFile(KeyFile.in(folder), LinkOption.NOFOLLOW_LINKS));
    Files.delete(KeyFile.in(folder));
    assumeTrue(new ProcessBuilder("mkfifo", KeyFile.in(folder).toString()).start().waitFor() == 0, "needs mkfifo");
    mark(folder);
    assertTrue(Files.isRegularFile(KeyFile.in(folder), LinkOption.NOFOLLOW_LINKS));
  }

  @Test
  void thereIsNoneWhereNoneCanBeMade() throws IOException {
    Path file = Files.createFile(temporary.resolve("file"));
    assertThrows(IOException.class, () -> KeyFile.readOrMake(file.resolve("folder")));
    Files.createDirectories(KeyFile.in(temporary).resolve("something"));
    assertThrows(IOException.class, () -> KeyFile.readOrMake(temporary));
  }
}
