/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.bench;

import dev.trine.api.llm.LanguageModel;
import dev.trine.api.llm.MemoryTraffic;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;

/**
 * Measures a model: attention, norms, head and sampling included. The rows take turns, so that whatever else the machine does meets them
 * all alike; the read bandwidth of the memory takes its turn too. Medians count.
 */
public final class Benchmark {

  private static final long BANDWIDTH_BYTES = 512L << 20;
  private static final long BANDWIDTH_BYTES_PER_THREAD = 64L << 20;
  private static final int BANDWIDTH_PASSES = 4;
  /** Text that repeats its prompt is written for longer, so that right and wrong guesses even out. */
  private static final int DRAFT_TOKENS_FACTOR = 2;

  private final BenchmarkPlan plan;
  private final Consumer<String> progress;
  private final ReadBandwidth bandwidth;
  private final HandOver handOver;
  private final PeakMemory memory;
  private final MappedFiles mapped = new MappedFiles();
  private final List<Row> rows = new ArrayList<>();
  private final List<String> notes = new ArrayList<>();
  private MemoryTraffic traffic = MemoryTraffic.UNKNOWN;
  private OptionalLong allocatedBytesPerToken = OptionalLong.empty();
  private OptionalLong mappedBytes = OptionalLong.empty();

  /**
   * To be made before the model is opened.
   *
   * @param progress is told what is being done, in a few words
   */
  public Benchmark(BenchmarkPlan plan, Consumer<String> progress) {
    this(plan, progress, new ReadBandwidth(plan.threads(),
        Math.max(BANDWIDTH_BYTES, plan.threads() * BANDWIDTH_BYTES_PER_THREAD), BANDWIDTH_PASSES), new HandOver(),
        new PeakMemory());
  }

  Benchmark(BenchmarkPlan plan, Consumer<String> progress, ReadBandwidth bandwidth, HandOver handOver,
      PeakMemory memory) {
    this.plan = plan;
    this.progress = progress;
    this.bandwidth = bandwidth;
    this.handOver = handOver;
    this.memory = memory;
  }

  /**
   * Measures all rows that need a loaded model.
   *
   * @param randomWeights whether the model is a synthetic one
   */
  public void measureModel(LanguageModel loaded, boolean randomWeights) {
    var model = new MeasuredModel(loaded);
    traffic = loaded.memoryTraffic();
    progress.accept("warming up");
    loaded.warmUp();
    List<Row> taken = rows(model, randomWeights);
    for (int round = 0; round <= plan.repetitions(); round++) {
      String which = round == 0 ? "warming up" : "round " + round + " of " + plan.repetitions();
      boolean counts = round > 0;
      progress.accept(which + ": read bandwidth");
      memory.leaveOut(() -> bandwidth.measure(counts));
      if (plan.threads() > 1) {
        handOver.measure(counts);
      }
      for (Row row : taken) {
        progress.accept(which + ": " + row.name() + ", " + row.what());
        row.measure(counts);
      }
    }
    if (plan.threads() > 1 && handOver.nanos().count() == 0) {
      note("hand_over_ns is left out: two threads did not run at one time for long enough, the machine is busy");
    }
    if (plan.rows().contains(RowKind.DECODE) && fits(model, "allocated_bytes_per_token",
        BenchmarkPlan.SHORT_CONTEXT + Allocation.answerTokens(plan.decodeTokens()))) {
      progress.accept("heap allocation");
      allocatedBytesPerToken = OptionalLong
          .of(Allocation.bytesPerToken(model, BenchmarkPlan.SHORT_CONTEXT, plan.decodeTokens()));
    }
    memory.update();
    if (memory.isSpoilt()) {
      note(
          "peak_rss_bytes is left out: this process may not write to /proc/self/clear_refs, so the peak would be that of "
              + "measuring the memory");
    }
    mappedBytes = mapped.residentBytes();
    rows.addAll(taken);
  }

  /**
   * Measures a row that needs no loaded model here, by itself: nothing else takes turns with it.
   *
   * @param warmUps how often it is done first without counting
   */
  public void measureApart(Row row, int warmUps, int repetitions) {
    for (int i = 1; i <= warmUps + repetitions; i++) {
      progress.accept(row.name() + ", " + row.what() + ": " + i + " of " + (warmUps + repetitions));
      row.measure(i > warmUps);
    }
    rows.add(row);
  }

  /** Says why something is not there, or what a figure means here. */
  public void note(String note) {
    notes.add(note);
  }

  private int shortRun() {
    return BenchmarkPlan.SHORT_CONTEXT + plan.decodeTokens();
  }

  private List<Row> rows(MeasuredModel model, boolean randomWeights) {
    var taken = new ArrayList<Row>();
    if (plan.rows().contains(RowKind.DECODE)) {
      for (int context : new int[]{BenchmarkPlan.SHORT_CONTEXT, BenchmarkPlan.LONG_CONTEXT}) {
        if (fits(model, "decode at context " + context, context + plan.decodeTokens())) {
          taken.add(new DecodeRow(model, bandwidth, context, plan.decodeTokens()));
        }
      }
    }
    if (plan.rows().contains(RowKind.PREFILL) && fits(model, "prefill", plan.prefillTokens() + 1)) {
      taken.add(new PrefillRow(model, plan.prefillTokens()));
    }
    if (plan.rows().contains(RowKind.DECODE_BATCH) && fits(model, "decode_batch", shortRun())) {
      taken.add(new BatchRow(model, BenchmarkPlan.STREAMS, BenchmarkPlan.SHORT_CONTEXT, plan.decodeTokens()));
    }
    if (plan.rows().contains(RowKind.DECODE_DRAFTS)) {
      draftRow(model, randomWeights).ifPresent(taken::add);
    }
    return taken;
  }

  private Optional<Row> draftRow(MeasuredModel model, boolean randomWeights) {
    Optional<List<Integer>> prompt = randomWeights
        ? RepeatingPrompt.ofOwnText(model)
        : Optional.of(RepeatingPrompt.ofRecord(model));
    if (prompt.isEmpty()) {
      note("decode_drafts is left out: no text was found that the model repeats");
      return Optional.empty();
    }
    int tokens = DRAFT_TOKENS_FACTOR * plan.decodeTokens();
    return fits(model, "decode_drafts", prompt.get().size() + tokens)
        ? Optional.of(new DraftRow(model, prompt.get(), tokens))
        : Optional.empty();
  }

  private boolean fits(MeasuredModel model, String what, int tokens) {
    boolean fits = model.holds(tokens);
    if (!fits) {
      note(what + " is left out: it needs a context of " + tokens + " tokens, the model has "
          + model.model().description().contextLength());
    }
    return fits;
  }

  /** Whether everything that must be the same was the same. */
  public boolean sound() {
    return rows.stream().allMatch(Row::sound);
  }

  /** All figures under their names in JSON, in display order. */
  public Map<String, Object> figures() {
    var figures = new LinkedHashMap<String, Object>();
    figures.put("threads", plan.threads());
    figures.put("read_gb_per_s", Figures.rounded(bandwidth.bytesPerSecond().median() / 1e9));
    figures.put("read_gb_per_s_slowest", Figures.rounded(bandwidth.bytesPerSecond().min() / 1e9));
    figures.put("read_gb_per_s_fastest", Figures.rounded(bandwidth.bytesPerSecond().max() / 1e9));
    if (handOver.nanos().count() > 0) {
      figures.put("hand_over_ns", Figures.rounded(handOver.nanos().median()));
      figures.put("hand_over_ns_slowest", Figures.rounded(handOver.nanos().max()));
      figures.put("hand_over_ns_fastest", Figures.rounded(handOver.nanos().min()));
    }
    figures.put("weight_bytes_per_token", traffic.weightBytesPerToken());
    figures.put("kv_bytes_per_position", traffic.kvBytesPerPosition());
    memory.bytes().ifPresent(bytes -> figures.put("peak_rss_bytes", bytes));
    mappedBytes.ifPresent(bytes -> figures.put("mapped_weight_bytes", bytes));
    allocatedBytesPerToken.ifPresent(bytes -> figures.put("allocated_bytes_per_token", bytes));
    figures.put("repetitions", plan.repetitions());
    figures.put("rows", rows.stream().map(Benchmark::object).toList());
    figures.put("notes", List.copyOf(notes));
    return figures;
  }

  private static Map<String, Object> object(Row row) {
    var object = new LinkedHashMap<String, Object>();
    object.put("name", row.name());
    object.putAll(row.figures());
    object.put("repetitions", row.repetitions());
    return object;
  }

  /** All figures on lines, for people. */
  public List<String> lines() {
    var lines = new ArrayList<String>();
    lines.add(String.format(Locale.ROOT, "%d threads, which read %.1f GB/s", plan.threads(),
        bandwidth.bytesPerSecond().median() / 1e9)
        + Figures.range(" (%.1f to %.1f)", bandwidth.bytesPerSecond(), 1e9));
    if (handOver.nanos().count() > 0) {
      lines.add(String.format(Locale.ROOT, "a word from one processor to another and back takes %.0f ns",
          handOver.nanos().median()) + Figures.range(" (%.0f to %.0f)", handOver.nanos(), 1));
    }
    var facts = new ArrayList<String>();
    if (traffic.weightBytesPerToken() > 0) {
      facts.add(String.format(Locale.ROOT, "%.0f MB of weights read for a token", traffic.weightBytesPerToken() / 1e6));
    }
    memory.bytes().ifPresent(bytes -> facts.add(String.format(Locale.ROOT, "peak memory %.0f MB", bytes / 1e6)
        + (mappedBytes.isPresent()
            ? String.format(Locale.ROOT, " with %.0f MB of files mapped for the model", mappedBytes.getAsLong() / 1e6)
            : "")));
    allocatedBytesPerToken.ifPresent(bytes -> facts.add(bytes + " bytes of heap allocated for a token"));
    if (!facts.isEmpty()) {
      lines.add(String.join(", ", facts));
    }
    for (Row row : rows) {
      lines.add(String.format(Locale.ROOT, "%-14s %-22s %s", row.name(), row.what(), row.line()));
    }
    lines.addAll(notes);
    return lines;
  }
}
