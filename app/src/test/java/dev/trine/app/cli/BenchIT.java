/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.trine.app.bench.shape.HeadType;
import dev.trine.app.bench.shape.PublishedShape;
import dev.trine.app.bench.shape.SyntheticModel;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** {@code trine bench} of the distribution, with its own plugin. */
@Timeout(300)
class BenchIT {

  private static final Path LAUNCHER = Path.of("target", "dist", "bin", "trine").toAbsolutePath();

  @TempDir
  Path folder;

  private String trine(String... args) throws IOException, InterruptedException {
    var command = new ArrayList<String>(List.of(LAUNCHER.toString()));
    command.addAll(List.of(args));
    Path errors = folder.resolve("err");
    var builder = new ProcessBuilder(command).directory(folder.toFile()).redirectError(errors.toFile());
    builder.environment().put("TRINE_HOME", folder.resolve("home").toString());
    builder.environment().put("TRINE_JAVA_HOME", System.getProperty("java.home"));
    Process process = builder.start();
    process.getOutputStream().close();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), Files.readString(errors));
    return out;
  }

  @Test
  void reportsAllRowsOfTheDemoModelAsJson() throws Exception {
    JsonNode report = JsonMapper.builder().build()
        .readTree(trine("bench", "--json", "-r", "1", "-n", "4", "-p", "32", "-t", "2"));
    assertEquals("trine-tiny", report.path("model").asText());
    assertFalse(report.path("cpu").asText().isBlank());
    assertEquals(Runtime.version().toString(), report.path("jdk").asText());
    assertEquals(2, report.path("threads").asInt());
    assertTrue(report.path("read_gb_per_s").asDouble() > 0, report.toString());
    assertTrue(report.path("weight_bytes_per_token").asLong() > 1_000_000, report.toString());
    assertTrue(report.path("kv_bytes_per_position").asLong() > 0, report.toString());
    assertTrue(!Files.exists(Path.of("/proc/self/status")) || report.path("peak_rss_bytes").asLong() > 10_000_000,
        report.toString());
    assertTrue(!Files.exists(Path.of("/proc/self/smaps")) || (report.path("mapped_weight_bytes").asLong() > 100_000
        && report.path("mapped_weight_bytes").asLong() < report.path("peak_rss_bytes").asLong()), report.toString());
    assertTrue(report.has("allocated_bytes_per_token"), report.toString());
    assertFalse(report.path("kernel").asText().isBlank(), report.toString());

    List<String> rows = StreamSupport.stream(report.path("rows").spliterator(), false).map(BenchIT::key).toList();
    // Its context of 2048 tokens leaves no room for more behind as many.
    assertEquals(List.of("decode 64", "prefill 32", "decode_batch 8", "decode_drafts", "first_token true",
        "first_token false"), rows, report.toString());
    assertEquals(2, report.path("notes").size(), report.toString());
    assertTrue(report.path("notes").path(1).asText().contains("no packed weights"), report.toString());
    for (JsonNode row : report.path("rows")) {
      String figure = row.path("name").asText().equals("first_token") ? "ms" : "tokens_per_s";
      assertTrue(row.path(figure).asDouble() > 0, row.toString());
      assertEquals(1, row.path("repetitions").asInt(), row.toString());
    }
    JsonNode batch = report.path("rows").path(2);
    assertTrue(batch.path("speedup").asDouble() > 0, batch.toString());
    JsonNode drafts = report.path("rows").path(3);
    assertTrue(drafts.path("without").asDouble() > 0 && drafts.path("identical").asBoolean(), drafts.toString());
    assertTrue(drafts.path("forced").asDouble() > 0, drafts.toString());
  }

  @Test
  void saysWhatItHasWritten() throws Exception {
    Path file = folder.resolve("large.gguf");
    String out = trine("bench", "--shape", "bitnet-b1.58-large", "--write", file.toString());
    assertEquals("wrote " + Math.round(Files.size(file) / 1e6) + " MB to " + file + "\n", out);
    Files.delete(file);
  }

  private static String key(JsonNode row) {
    String name = row.path("name").asText();
    return switch (name) {
      case "decode" -> name + " " + row.path("context").asInt();
      case "prefill" -> name + " " + row.path("tokens").asInt();
      case "decode_batch" -> name + " " + row.path("streams").asInt();
      case "first_token" -> name + " " + row.path("cached").asBoolean();
      default -> name;
    };
  }

  @ParameterizedTest
  @CsvSource({"bitnet, Q8_0", "bitnet, F16", "llama, Q8_0"})
  void runsSyntheticModels(String architecture, HeadType head) throws Exception {
    var shape = new PublishedShape("tiny", "nobody/tiny", architecture, 20, 256, 4, 2, 64, 512, 40_000, 512, 10000,
        false);
    Path file = folder.resolve("tiny.gguf");
    new SyntheticModel(shape, head).write(file, (task, done, total) -> {});
    String text = trine("run", "-q", "--raw", "--temperature", "0", "-n", "120", "-m", file.toString(), "--", " abc");
    List<String> words = List.of(text.strip().split(" "));
    assertTrue(words.stream().distinct().count() > 4, "noise, not one word again and again: " + text);
    // What follows a word does not depend on what stands before it.
    String again = trine("run", "-q", "--raw", "--temperature", "0", "-n", "120", "-m", file.toString(), "--",
        " xyz abc");
    assertEquals(text.strip(), again.strip());
  }
}
