/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** What the processor calls itself. */
public final class ProcessorName {

  private static final Path CPU_INFO = Path.of("/proc/cpuinfo");
  private static final List<String> MAC_COMMAND = List.of("/usr/sbin/sysctl", "-n", "machdep.cpu.brand_string");
  private static final long MAC_COMMAND_SECONDS = 5;

  private ProcessorName() {}

  /** The name as the system knows it; without one, the architecture. */
  public static String of(Map<String, String> environment) {
    return ofLinux().or(ProcessorName::ofMac)
        .or(() -> Optional.ofNullable(environment.get("PROCESSOR_IDENTIFIER")).filter(name -> !name.isBlank()))
        .orElse(System.getProperty("os.arch", "unknown"));
  }

  private static Optional<String> ofLinux() {
    if (!Files.isReadable(CPU_INFO)) {
      return Optional.empty();
    }
    try {
      return Files.readAllLines(CPU_INFO, StandardCharsets.ISO_8859_1).stream()
          .filter(line -> line.startsWith("model name") || line.startsWith("Processor"))
          .map(line -> line.substring(line.indexOf(':') + 1).strip()).filter(name -> !name.isEmpty()).findFirst();
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static Optional<String> ofMac() {
    if (!Files.isExecutable(Path.of(MAC_COMMAND.getFirst()))) {
      return Optional.empty();
    }
    try {
      Process process = new ProcessBuilder(MAC_COMMAND).redirectErrorStream(true).start();
      String name = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
      boolean ended = process.waitFor(MAC_COMMAND_SECONDS, TimeUnit.SECONDS);
      return ended && process.exitValue() == 0 && !name.isEmpty() ? Optional.of(name) : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }
}
