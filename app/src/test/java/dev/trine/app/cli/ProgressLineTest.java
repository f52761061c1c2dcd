/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.cli;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

class ProgressLineTest {

  private static final Set<Console.Stream> TERMINAL = EnumSet.of(Console.Stream.ERR);

  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private Console console(Set<Console.Stream> terminals, Map<String, String> environment) {
    return new Console(new ByteArrayInputStream(new byte[0]), new ByteArrayOutputStream(), err, terminals, environment,
        Path.of("home"), Optional.empty());
  }

  private String written() {
    String text = err.toString(StandardCharsets.UTF_8);
    err.reset();
    return text;
  }

  @Test
  void staysInOneRowWhateverTheWidth() {
    var line = new ProgressLine(console(TERMINAL, Map.of()));
    line.show("round 1 of 5: decode_batch, 8 streams\nand more");
    // The terminal cuts what does not fit: it begins no new row until it is told to again.
    assertEquals("\r\033[K\033[?7lround 1 of 5: decode_batch, 8 streams and more\033[?7h", written());
    line.clear();
    assertEquals("\r\033[K", written());
    line.clear();
    assertEquals("", written());
  }

  @Test
  void cutsToTheWidthThatTheEnvironmentTells() {
    var line = new ProgressLine(console(TERMINAL, Map.of("COLUMNS", "10")));
    line.show("123456789");
    assertEquals("\r\033[K\033[?7l123456789\033[?7h", written());
    line.show("12345678🙂0");
    assertEquals("\r\033[K\033[?7l12345678🙂\033[?7h", written());
    var nonsense = new ProgressLine(console(TERMINAL, Map.of("COLUMNS", "0")));
    nonsense.show("1234567890");
    assertEquals("\r\033[K\033[?7l1234567890\033[?7h", written());
  }

  @Test
  void showsNothingWhereNoLineCanChange() {
    for (Console console : new Console[]{console(Set.of(), Map.of()), console(TERMINAL, Map.of("TERM", "dumb"))}) {
      var line = new ProgressLine(console);
      assertFalse(line.isChanging());
      line.show("text");
      line.clear();
      assertEquals("", written());
    }
  }

  @Test
  void benchmarksTellALineEachWhereNoLineCanChange() {
    var progress = new BenchProgress(console(Set.of(), Map.of()));
    progress.accept("warming up");
    progress.clear();
    assertEquals("trine bench: warming up\n", written());
    var changing = new BenchProgress(console(TERMINAL, Map.of()));
    changing.accept("warming up");
    assertEquals("\r\033[K\033[?7lwarming up\033[?7h", written());
  }
}
