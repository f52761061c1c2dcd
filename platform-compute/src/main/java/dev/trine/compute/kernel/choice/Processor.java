/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.kernel.choice;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * What the operating system tells about the processor.
 *
 * @param name for people
 * @param bytePermutes whether it has AVX-512 VBMI; false where that cannot be found out
 */
record Processor(String name, boolean bytePermutes) {

  private static final Path CPU_INFO = Path.of("/proc/cpuinfo");

  /** Asks; where nothing can be learned, the architecture is the name. */
  static Processor detect() {
    if (Files.isReadable(CPU_INFO)) {
      try {
        return parse(Files.readAllLines(CPU_INFO, StandardCharsets.ISO_8859_1));
      } catch (IOException e) {
        return unknown();
      }
    }
    return unknown();
  }

  /** Reads the lines of a Linux {@code cpuinfo}. */
  static Processor parse(List<String> lines) {
    String name = value(lines, "model name").orElse(unknown().name());
    boolean bytePermutes = value(lines, "flags").map(flags -> Arrays.asList(flags.split(" ")).contains("avx512_vbmi")
        || Arrays.asList(flags.split(" ")).contains("avx512vbmi")).orElse(false);
    return new Processor(name, bytePermutes);
  }

  private static Optional<String> value(List<String> lines, String key) {
    return lines.stream().filter(line -> line.startsWith(key))
        .map(line -> line.substring(line.indexOf(':') + 1).strip())
        .findFirst();
  }

  private static Processor unknown() {
    return new Processor("a processor of architecture " + System.getProperty("os.arch", "unknown"), false);
  }
}
