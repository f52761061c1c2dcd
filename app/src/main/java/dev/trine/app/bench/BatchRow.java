/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.bench;

import dev.trine.app.bench.MeasuredModel.Answer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;

/** Several streams at once, beside one of them alone. */
final class BatchRow implements Row {

  private final MeasuredModel model;
  private final int context;
  private final int tokens;
  private final List<List<Integer>> prompts;
  private final Samples aggregates = new Samples();
  private final Samples singles = new Samples();

  BatchRow(MeasuredModel model, int streams, int context, int tokens) {
    this.model = model;
    this.context = context;
    this.tokens = tokens;
    this.prompts = Stream.generate(() -> model.randomPrompt(context)).limit(streams).toList();
  }

  @Override
  public String name() {
    return "decode_batch";
  }

  @Override
  public String what() {
    return prompts.size() + " streams";
  }

  @Override
  public void measure(boolean counts) {
    double single = model.generate(prompts.getFirst(), tokens).decodeRate();
    double aggregate = together();
    if (counts) {
      singles.add(single);
      aggregates.add(aggregate);
    }
  }

  /** Tokens a second of all streams, from the first token of the first one to the last token of the last one. */
  private double together() {
    var answers = new ArrayList<Answer>();
    try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Answer>> running = prompts.stream()
          .map(prompt -> callers.submit(() -> model.generate(prompt, tokens)))
          .toList();
      for (Future<Answer> stream : running) {
        answers.add(stream.get());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while streams ran", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new IllegalStateException("a stream failed", e);
    }
    long begin = answers.stream().mapToLong(Answer::beginNanos).min().orElseThrow();
    long end = answers.stream().mapToLong(Answer::endNanos).max().orElseThrow();
    return MeasuredModel.perSecond(answers.stream().mapToInt(Answer::steps).sum(), end - begin);
  }

  private double speedup() {
    return singles.median() == 0 ? 0 : aggregates.median() / singles.median();
  }

  @Override
  public int repetitions() {
    return aggregates.count();
  }

  @Override
  public Map<String, Object> figures() {
    var figures = new LinkedHashMap<String, Object>();
    figures.put("streams", prompts.size());
    figures.put("tokens", tokens);
    figures.put("context", context);
    Figures.putRates(figures, aggregates);
    figures.put("one_stream", Figures.rounded(singles.median()));
    figures.put("speedup", Figures.rounded(speedup()));
    return figures;
  }

  @Override
  public String line() {
    return Figures.rates(aggregates)
        + String.format(Locale.ROOT, "  %.2f times one stream (%.1f)", speedup(), singles.median());
  }
}
