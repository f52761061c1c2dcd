/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.cli;

import dev.trine.app.bench.FirstTokenRow;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Starts {@code trine run} for one token, with the JVM, the class path and the options of this process.
 *
 * @param console     whose environment and distribution the process gets
 * @param engineFlags which plugins, threads and settings
 * @param plugins     folders of plugins
 * @param model       what is run
 * @param home        {@code TRINE_HOME} of the process; null for the one of this process
 */
record FirstTokenProcess(Console console, EngineFlags engineFlags, List<Path> plugins, String model,
    @Nullable Path home) implements FirstTokenRow.Start {

  /** Options of this JVM that only one process can have, or that are of this process alone. */
  private static final List<String> OWN_OPTIONS = List.of("-agentlib:", "-agentpath:", "-javaagent:", "-Dtrine.tty=",
      "-Dtrine.distribution=");

  @Override
  public Process start(Path errors) throws IOException {
    var builder = new ProcessBuilder(command()).redirectError(errors.toFile());
    Map<String, String> environment = builder.environment();
    environment.clear();
    environment.putAll(console.environment());
    if (home != null) {
      environment.put("TRINE_HOME", home.toString());
    }
    return builder.start();
  }

  private List<String> command() {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    for (String option : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
      if (OWN_OPTIONS.stream().noneMatch(option::startsWith)) {
        command.add(option);
      }
    }
    Optional<Path> distribution = console.distribution();
    distribution.ifPresent(folder -> command.add("-Dtrine.distribution=" + folder));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Trine.class.getName(), "run", "--quiet",
        "--raw", "--max-tokens=1", "--temperature=0", "--model=" + model));
    plugins.forEach(folder -> command.add("--plugins=" + folder));
    command.addAll(engineFlags.arguments());
    command.addAll(List.of("--", "Once"));
    return command;
  }
}
