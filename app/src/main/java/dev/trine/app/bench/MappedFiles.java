/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How much of this process's memory is files that have been mapped since this was made ({@code smaps} of Linux): a model's weights, which
 * all processes share and the system takes back when it needs memory. Files of the JVM and jars are left out.
 */
final class MappedFiles {

  /** The head of a mapping: addresses, permissions, offset, device, inode, path. */
  private static final Pattern HEAD = Pattern.compile("[0-9a-f]+-[0-9a-f]+ \\S+ \\S+ \\S+ \\d+ *(.*)");
  private static final Pattern RESIDENT = Pattern.compile("Rss: +(\\d+) kB");
  private static final int BYTES_PER_KB = 1024;

  private final Path maps;
  private final String jvm;
  private final Set<String> before;

  MappedFiles() {
    this(Path.of("/proc/self/smaps"), System.getProperty("java.home"));
  }

  /**
   * @param maps tells the mappings
   * @param jvm  the folder of the JVM
   */
  MappedFiles(Path maps, String jvm) {
    this.maps = maps;
    this.jvm = jvm;
    this.before = Set.copyOf(residentBytesByFile().keySet());
  }

  /** Bytes of such files that are in memory now; empty where the system does not tell. */
  OptionalLong residentBytes() {
    Map<String, Long> files = residentBytesByFile();
    if (files.isEmpty()) {
      return OptionalLong.empty();
    }
    return OptionalLong
        .of(files.entrySet().stream().filter(file -> counts(file.getKey())).mapToLong(Map.Entry::getValue).sum());
  }

  private boolean counts(String file) {
    return !before.contains(file) && !file.startsWith(jvm) && !file.startsWith("/dev/") && !file.endsWith(".jar");
  }

  /** Nothing where the system does not tell. */
  private Map<String, Long> residentBytesByFile() {
    var bytes = new HashMap<String, Long>();
    try {
      String path = "";
      for (String line : Files.readAllLines(maps, StandardCharsets.ISO_8859_1)) {
        Matcher head = HEAD.matcher(line);
        Matcher resident = RESIDENT.matcher(line);
        if (head.matches()) {
          path = head.group(1);
        } else if (resident.matches() && path.startsWith("/")) {
          bytes.merge(path, Long.parseLong(resident.group(1)) * BYTES_PER_KB, Long::sum);
        }
      }
    } catch (IOException | NumberFormatException e) {
      return Map.of();
    }
    return bytes;
  }
}
