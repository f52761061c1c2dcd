/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.e2e;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Runs the {@code curl} commands of the README as they stand, but for the port, against the packaged server. */
class ReadmeIT {

  private static final Path README = Path.of("../README.md");
  private static final Pattern BLOCK = Pattern.compile("(?ms)^```(?:sh|bash)\\n(.*?)^```");
  private static final String ADDRESS = "http://127.0.0.1:8000";

  @TempDir
  Path temporary;

  @Test
  void everyCurlCommandSucceeds() throws IOException, InterruptedException {
    List<String> commands = curlCommands();
    assertTrue(commands.size() >= 4, () -> "found only " + commands);
    try (var server = RunningServer.start(temporary.resolve("home"))) {
      for (String command : commands) {
        assertTrue(command.contains(ADDRESS), command);
        String output = RunningServer.run(temporary,
            List.of("bash", "-c",
                command.replace(ADDRESS, server.uri().toString()).replaceFirst("curl", "curl -sS --fail-with-body")));
        assertFalse(output.isBlank(), command);
        assertFalse(output.contains("\"error\""), () -> command + ": " + output);
        if (command.contains("\"stream\": true")) {
          assertTrue(output.stripTrailing().endsWith("data: [DONE]"), () -> command + ": " + output);
        }
      }
    }
  }

  /** Commands that begin a line with {@code curl}, with the lines that a backslash adds. */
  private static List<String> curlCommands() throws IOException {
    var commands = new ArrayList<String>();
    Matcher block = BLOCK.matcher(Files.readString(README));
    while (block.find()) {
      String[] lines = block.group(1).split("\n", -1);
      for (int i = 0; i < lines.length; i++) {
        if (lines[i].startsWith("curl ")) {
          var command = new StringBuilder(lines[i]);
          while (command.toString().endsWith("\\") && i + 1 < lines.length) {
            command.append('\n').append(lines[++i]);
          }
          commands.add(command.toString());
        }
      }
    }
    return commands;
  }
}
