/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.bench;

import dev.trine.api.llm.GenerationEvent;
import dev.trine.api.llm.GenerationRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** The report of models that do as they are told. */
class BenchmarkTest {

  @TempDir
  Path folder;

  private static BenchmarkPlan plan(RowKind row, int repetitions, int threads) {
    return new BenchmarkPlan(EnumSet.of(row), repetitions, 8, 4, threads);
  }

  private static Benchmark benchmark(BenchmarkPlan plan) {
    return benchmark(plan, new HandOver(), new PeakMemory());
  }

  private static Benchmark benchmark(BenchmarkPlan plan, HandOver handOver, PeakMemory memory) {
    return new Benchmark(plan, stage -> {}, new ReadBandwidth(1, 1 << 20, 1), handOver, memory);
  }

  private static Map<?, ?> onlyRow(Benchmark benchmark) {
    return (Map<?, ?>) ((List<?>) benchmark.figures().getOrDefault("rows", List.of())).getFirst();
  }

  private static String lastLine(Benchmark benchmark) {
    return benchmark.lines().getLast();
  }

  /** 10 tokens a second without drafts, then 11, 12 and so on; 8 with all drafts. */
  private static ScriptedModel faster(boolean drafts) {
    var usual = new AtomicInteger(10);
    return new ScriptedModel(request -> "text", request -> {
      if (request.drafts() == null) {
        return ScriptedModel.finished(request, usual.incrementAndGet(), drafts ? 4 : 0, drafts ? 3 : 0);
      }
      return request.drafts()
          ? ScriptedModel.finished(request, 8, 8, 2)
          : ScriptedModel.finished(request, 10, 0, 0);
    });
  }

  @Test
  void measuresDraftsAsUsersGetThemWhoSayNothing() {
    ScriptedModel model = faster(true);
    Benchmark benchmark = benchmark(plan(RowKind.DECODE_DRAFTS, 3, 1));
    benchmark.measureModel(model, false);
    Map<?, ?> row = onlyRow(benchmark);
    // The 11 of the round that does not count is not among them.
    assertEquals(List.of(12.0, 13.0, 14.0), row.get("tokens_per_s_each"));
    assertEquals(13.0, row.get("tokens_per_s"));
    assertEquals(List.of(10.0, 10.0, 10.0), row.get("without_each"));
    assertEquals(1.3, row.get("speedup"));
    assertEquals(12L, row.get("draft_tokens"));
    assertEquals(9L, row.get("accepted_draft_tokens"));
    assertEquals(0.75, row.get("acceptance"));
    assertEquals(8.0, row.get("forced"));
    assertEquals(List.of(8.0, 8.0, 8.0), row.get("forced_each"));
    assertEquals(0.25, row.get("forced_acceptance"));
    assertEquals(true, row.get("identical"));
    assertEquals(3, row.get("repetitions"));
    assertEquals(Arrays.asList(false, null, true),
        model.requests.subList(0, 3).stream().map(GenerationRequest::drafts).toList());
    assertTrue(lastLine(benchmark).endsWith(
        "13.0 tokens/s  (12.0 to 14.0)  1.30 times without (10.0), 75 % of the drafts right; forced 8.0"),
        lastLine(benchmark));
    assertTrue(benchmark.sound());
  }

  @Test
  void saysThatNoDraftsWereMade() {
    Benchmark benchmark = benchmark(plan(RowKind.DECODE_DRAFTS, 2, 1));
    benchmark.measureModel(faster(false), false);
    assertTrue(lastLine(benchmark).contains(", no drafts; forced 8.0"), lastLine(benchmark));
    assertEquals(0L, onlyRow(benchmark).get("draft_tokens"));
  }

  @Test
  void isNotSoundWhereDraftsChangeTheText() {
    for (String odd : List.of("null", "true")) {
      var model = new ScriptedModel(request -> odd.equals(String.valueOf(request.drafts())) ? "other" : "text",
          request -> ScriptedModel.finished(request, 10, 0, 0));
      Benchmark benchmark = benchmark(plan(RowKind.DECODE_DRAFTS, 1, 1));
      benchmark.measureModel(model, false);
      assertFalse(benchmark.sound(), odd);
      assertEquals(false, onlyRow(benchmark).get("identical"));
      assertTrue(lastLine(benchmark).endsWith("; THE TEXTS DIFFER"), lastLine(benchmark));
    }
  }

  private static GenerationEvent.Finished tenPerSecond(GenerationRequest request) {
    return ScriptedModel.finished(request, 10, 0, 0);
  }

  @Test
  void tellsHowOftenARowWasMeasuredAndNoRangeOfOne() {
    Benchmark once = benchmark(plan(RowKind.PREFILL, 1, 1));
    once.measureModel(new ScriptedModel(request -> "text", BenchmarkTest::tenPerSecond), false);
    assertEquals(1, onlyRow(once).get("repetitions"));
    assertTrue(once.lines().stream().noneMatch(line -> line.contains(" to ")), () -> once.lines().toString());
    Benchmark twice = benchmark(plan(RowKind.PREFILL, 2, 1));
    twice.measureModel(new ScriptedModel(request -> "text", BenchmarkTest::tenPerSecond), false);
    assertEquals(2, onlyRow(twice).get("repetitions"));
    assertTrue(lastLine(twice).contains(" to "), lastLine(twice));
  }

  @Test
  void saysWhyFiguresAreMissing() throws Exception {
    Path status = Files.writeString(folder.resolve("status"), "VmPeak:\t   9000 kB\nVmHWM:\t    5000 kB\n");
    Benchmark benchmark = benchmark(plan(RowKind.PREFILL, 1, 2), new HandOver(0),
        new PeakMemory(status, Files.createDirectory(folder.resolve("clear_refs"))));
    benchmark.measureModel(new ScriptedModel(request -> "text", BenchmarkTest::tenPerSecond), false);
    Map<String, Object> figures = benchmark.figures();
    assertFalse(figures.containsKey("hand_over_ns") || figures.containsKey("peak_rss_bytes"), figures.toString());
    assertTrue(benchmark.lines().stream().anyMatch(line -> line.startsWith("hand_over_ns is left out: ")),
        () -> benchmark.lines().toString());
    assertTrue(benchmark.lines().stream().anyMatch(line -> line.startsWith("peak_rss_bytes is left out: ")),
        () -> benchmark.lines().toString());
  }
}
