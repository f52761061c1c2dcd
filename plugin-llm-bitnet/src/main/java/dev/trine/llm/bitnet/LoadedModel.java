/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet;

import dev.trine.api.PlatformException;
import dev.trine.api.StandardErrorCode;
import dev.trine.api.llm.GenerationRequest;
import dev.trine.api.llm.GenerationStream;
import dev.trine.api.llm.LanguageModel;
import dev.trine.api.llm.LoadOptions;
import dev.trine.api.llm.MemoryTraffic;
import dev.trine.api.llm.ModelDescription;
import dev.trine.api.llm.Prompt;
import dev.trine.api.llm.SamplingOptions;
import dev.trine.compute.kernel.DenseMatrix;
import dev.trine.compute.kernel.KernelWarmUp;
import dev.trine.compute.kernel.Kernels;
import dev.trine.compute.thread.WorkerTeam;
import dev.trine.llm.bitnet.draft.DraftMode;
import dev.trine.llm.bitnet.format.Checkpoint;
import dev.trine.llm.bitnet.format.Checkpoints;
import dev.trine.llm.bitnet.format.MappedFiles;
import dev.trine.llm.bitnet.kvcache.CacheShape;
import dev.trine.llm.bitnet.kvcache.PagePool;
import dev.trine.llm.bitnet.model.HeadMode;
import dev.trine.llm.bitnet.model.HeadScreen;
import dev.trine.llm.bitnet.model.ModelConfig;
import dev.trine.llm.bitnet.model.ModelWeights;
import dev.trine.llm.bitnet.model.Transformer;
import dev.trine.llm.bitnet.model.Workspace;
import dev.trine.llm.bitnet.packed.ModelCache;
import dev.trine.llm.bitnet.packed.PackedWeightCache;
import dev.trine.llm.bitnet.packed.ScreenCache;
import dev.trine.llm.bitnet.schedule.EngineOptions;
import dev.trine.llm.bitnet.schedule.EngineStatus;
import dev.trine.llm.bitnet.schedule.Scheduler;
import dev.trine.llm.bitnet.session.PromptEncoder;
import dev.trine.llm.bitnet.session.TextOutput;
import dev.trine.llm.bitnet.tokenizer.Tokenizer;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A model in memory, with its own worker team and engine thread. */
final class LoadedModel implements LanguageModel {

  private static final Logger log = LoggerFactory.getLogger(LoadedModel.class);

  /** Most tokens in one step; how many there really are follows the time that steps take. */
  private static final int STEP_TOKENS = 128;

  /** Weights of a model whose steps take long until the kernels are compiled; one step of a smaller model compiles them as well. */
  private static final long LEAST_WARMED_UP = 50_000_000;

  /** How long opening a model waits for that at most. */
  private static final long MOST_WARM_UP_NANOS = 4_000_000_000L;

  /**
   * Control tokens that are part of what a model says rather than of how a conversation is written: without them a tool call, a
   * search or a train of thought could not be told from plain text.
   */
  private static final List<String> CONTENT_MARKS = List.of("<tool_call>", "</tool_call>", "<search>", "</search>",
      "<think>", "</think>", "<|python_tag|>", "[TOOL_CALLS]", "[ARGS]");

  private final ModelDescription description;
  private final MemoryTraffic memoryTraffic;
  private final SamplingOptions recommendedSampling;
  private final Tokenizer tokenizer;
  private final Set<Integer> contentMarks;
  private final PromptEncoder promptEncoder;
  private final MappedFiles files;
  private final ModelCache packedWeights;
  private final ScreenCache headScreen;
  private final Scheduler scheduler;
  private final int contextLength;
  private final DraftMode defaultDrafts;
  /** What {@link #close} runs, the latest first. */
  private final Deque<Runnable> closers;
  private boolean closed;

  private LoadedModel(Path path, PackedWeightCache cache, Arena arena, Deque<Runnable> closers, Kernels kernels,
      int threads, LoadOptions options, EngineSettings settings, Checkpoint.Progress progress) {
    this.closers = closers;
    packedWeights = cache.forModel(path);
    closers.push(packedWeights::close);
    headScreen = cache.forHeadOf(path);
    closers.push(headScreen::close);
    Runnable kernelsReady = () -> {};
    Checkpoint checkpoint = Checkpoints.open(path, arena);
    files = checkpoint.files();
    ModelConfig config = checkpoint.config();
    if (options.contextLength() > 0) {
      config = config.withContextLength(Math.min(options.contextLength(), config.contextLength()));
    }
    int slots = settings.slots(options);
    var cacheShape = new CacheShape(config.layerCount(), config.kvHeadCount(), config.headDim());
    var cachePlan = settings.cachePlan(cacheShape, config.contextLength(), slots);
    contextLength = cachePlan.contextLength();
    if (contextLength < config.contextLength()) {
      log.warn("{}: {} for the keys and values of {} tokens, not for the context of {}", checkpoint,
          settings.cacheMb() > 0 ? "kv-cache-mb is enough" : "the machine has memory", contextLength,
          config.contextLength());
      config = config.withContextLength(contextLength);
    }
    description = withContextLength(checkpoint.description(), contextLength);
    recommendedSampling = checkpoint.recommendedSampling();
    if (description.parameterCount() >= LEAST_WARMED_UP) {
      var warmUp = new BackgroundTask<>("trine-warm-up", stop -> {
        new KernelWarmUp(kernels, checkpoint.denseTypes(), cachePlan.type()).run(stop, MOST_WARM_UP_NANOS);
        return "";
      });
      closers.push(warmUp::close);
      kernelsReady = warmUp::await;
    }
    // What reads one core's worth of text goes on while the weights are checked or packed on all of them.
    var text = new BackgroundTask<>("trine-tokenizer", _ -> checkpoint.loadTokenizer());
    closers.push(text::close);
    var weights = checkpoint.loadWeights(kernels, packedWeights, arena, threads, progress);
    tokenizer = text.await();
    if (tokenizer.vocabularySize() > config.vocabularySize()) {
      throw new PlatformException(StandardErrorCode.MODEL_INVALID, checkpoint + ": the tokenizer has "
          + tokenizer.vocabularySize() + " tokens, the model has room for " + config.vocabularySize());
    }
    tokenizer.warnings().forEach(warning -> log.warn("{}: {}", checkpoint, warning));
    contentMarks = CONTENT_MARKS.stream().map(tokenizer::addedTokenId).filter(id -> id >= 0)
        .collect(Collectors.toUnmodifiableSet());
    promptEncoder = new PromptEncoder(tokenizer, checkpoint.chatTemplates(), checkpoint.templateVariables());
    var endTokens = new HashSet<>(checkpoint.endTokens());
    endTokens.addAll(tokenizer.endOfGenerationIds());
    var team = new WorkerTeam("trine-worker", threads);
    closers.push(team::close);
    if (settings.head() == HeadMode.AUTO && HeadScreen.pays(weights.head(), kernels)) {
      weights = screened(weights, kernels, team, arena);
    }
    var workspace = new Workspace(config, kernels, team, STEP_TOKENS, Scheduler.maxLogits(slots),
        settings.activations());
    closers.push(workspace::close);
    workspace.useScreen(weights);
    PagePool pool = cachePlan.newPool(cacheShape);
    memoryTraffic = new MemoryTraffic(weights.bytesPerToken(), pool.bytesPerPosition());
    closers.push(pool::close);
    defaultDrafts = settings.drafts();
    scheduler = new Scheduler("llm", new Transformer(config, weights), workspace, pool, team, endTokens, contextLength,
        new EngineOptions(slots, options.queueCapacity(), settings.drafts(), cachePlan.keptPages()));
    closers.push(scheduler::close);
    kernelsReady.run();
  }

  private ModelWeights screened(ModelWeights weights, Kernels kernels, WorkerTeam team, Arena arena) {
    DenseMatrix head = weights.head();
    return headScreen.load(files.paths(), head, packed -> HeadScreen.fill(head, kernels, team, packed))
        .or(() -> HeadScreen.make(head, kernels, team, arena)).map(weights::withScreen).orElse(weights);
  }

  /** Loads a model with the settings that count when users say nothing, without keeping its packed weights. */
  static LoadedModel open(Path path, Kernels kernels, int threads, LoadOptions options, Checkpoint.Progress progress) {
    return open(path, PackedWeightCache.off(), kernels, threads, options, EngineSettings.defaults(), progress);
  }

  /** Loads a model; nothing is left behind in memory when that fails. */
  static LoadedModel open(Path path, PackedWeightCache cache, Kernels kernels, int threads, LoadOptions options,
      EngineSettings settings,
      Checkpoint.Progress progress) {
    var closers = new ArrayDeque<Runnable>();
    Arena arena = Arena.ofShared();
    closers.push(arena::close);
    boolean opened = false;
    try {
      var model = new LoadedModel(path, cache, arena, closers, kernels, threads, options, settings, progress);
      opened = true;
      return model;
    } finally {
      if (!opened) {
        closers.forEach(Runnable::run);
      }
    }
  }

  private static ModelDescription withContextLength(ModelDescription d, int contextLength) {
    return new ModelDescription(d.architecture(), d.format(), d.parameterCount(), d.sizeBytes(), contextLength,
        d.modelDim(), d.vocabularySize(), d.hasChatTemplate());
  }

  @Override
  public ModelDescription description() {
    return description;
  }

  @Override
  public MemoryTraffic memoryTraffic() {
    return memoryTraffic;
  }

  @Override
  public SamplingOptions recommendedSampling() {
    return recommendedSampling;
  }

  @Override
  public GenerationStream generate(GenerationRequest request) {
    files.requireUnchanged();
    packedWeights.requireUnchanged();
    headScreen.requireUnchanged();
    int[] prompt = promptEncoder.encode(request.prompt());
    if (prompt.length >= contextLength) {
      throw PlatformException
          .ofParameter(StandardErrorCode.CONTEXT_LENGTH_EXCEEDED,
              request.prompt() instanceof Prompt.Chat ? "messages" : "prompt",
              "the prompt has " + prompt.length + " tokens, the context holds " + contextLength
                  + " including at least one generated token")
          .withDetails(Map.of("n_prompt_tokens", prompt.length, "n_ctx", contextLength));
    }
    var output = new TextOutput(tokenizer.newStreamDecoder(isStartOfText(prompt), contentMarks), request.stop());
    return scheduler.submit(prompt, request.maxTokens(), request.ignoreEnd(),
        request.sampling().orElse(recommendedSampling), output, drafts(request.drafts()));
  }

  private DraftMode drafts(@Nullable Boolean wanted) {
    return wanted == null ? defaultDrafts : wanted ? DraftMode.ON : DraftMode.OFF;
  }

  /** What the engine is doing. */
  EngineStatus status() {
    return scheduler.status();
  }

  /** Whether nothing has been said yet, so that what is generated begins the text. */
  private boolean isStartOfText(int[] prompt) {
    return prompt.length == 1 && prompt[0] == tokenizer.beginOfTextId();
  }

  @Override
  public List<Integer> tokenize(Prompt prompt) {
    return Arrays.stream(promptEncoder.encode(prompt)).boxed().toList();
  }

  @Override
  public void warmUp() {
    scheduler.warmUp();
  }

  /** Has something done after the model is closed. */
  synchronized void onClose(Runnable action) {
    closers.addLast(action);
  }

  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      closers.forEach(Runnable::run);
    }
  }
}
