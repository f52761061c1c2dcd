/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trine.api.llm.FinishReason;
import dev.trine.api.llm.GenerationEvent;
import dev.trine.api.llm.GenerationRequest;
import dev.trine.api.llm.GenerationStream;
import dev.trine.api.llm.LanguageModel;
import dev.trine.api.llm.LoadOptions;
import dev.trine.api.llm.Prompt;
import dev.trine.api.llm.SamplingOptions;
import dev.trine.api.llm.Usage;
import dev.trine.compute.kernel.AttentionKernel;
import dev.trine.compute.kernel.DenseKernel;
import dev.trine.compute.kernel.Kernels;
import dev.trine.compute.kernel.KeyValueType;
import dev.trine.compute.kernel.ScalarScreenKernel;
import dev.trine.compute.kernel.ScreenKernel;
import dev.trine.compute.kernel.ScreenMatrix;
import dev.trine.compute.kernel.TernaryKernel;
import dev.trine.compute.kernel.VectorMath;
import dev.trine.compute.kernel.choice.KernelChoice;
import dev.trine.llm.bitnet.draft.DraftMode;
import dev.trine.llm.bitnet.model.Activations;
import dev.trine.llm.bitnet.model.HeadMode;
import dev.trine.llm.bitnet.packed.PackedWeightCache;
import dev.trine.tck.files.SafetensorsBuilder;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * A whole model whose head is large enough to be screened says the same as with all logits computed: from what the sampler needs by way
 * of the step to the coarse copy of the head.
 */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ScreenedModelTest {

  private static final int DIM = 256;
  /** In 32 bits the smallest head of which a copy is made. */
  private static final int VOCABULARY = 32_768;
  /** Tokens with large logits, each {@link #RATIO} of the one before; the others are far below. */
  private static final int LIKELY = 256;
  private static final float RATIO = 0.995f;
  private static final int TOKENS = 80;

  private static final Map<String, SamplingOptions> SAMPLINGS = new TreeMap<>(Map.of(
      "greedy", SamplingOptions.greedy(),
      // Whatever was said is forbidden for a while: the 65th of the largest logits is chosen as well as the first.
      "greedy without repetitions", SamplingOptions.builder().temperature(0.0).presencePenalty(1000.0).build(),
      "repetitions cost something", SamplingOptions.builder().temperature(0.0).repetitionPenalty(1.3).frequencyPenalty(
          5.0).build(),
      "top-k", SamplingOptions.builder().temperature(2.0).topK(40).topP(1.0).minP(0.0).seed(5L).build(),
      "top-k without repetitions", SamplingOptions.builder().temperature(2.0).topK(40).topP(1.0).minP(0.0)
          .presencePenalty(1000.0).seed(6L).build()));
  private static final SamplingOptions ALL_LOGITS = SamplingOptions.builder().temperature(2.0).topK(0).topP(1.0).minP(
      0.0).seed(7L).build();

  @TempDir
  static Path folder = Path.of("");

  /** What is said with all logits computed. */
  private static final Map<String, String> expected = new TreeMap<>();

  private static final CountingKernels kernels = new CountingKernels(
      KernelChoice.choose(KernelChoice.Preference.AUTO).kernels());

  private static LanguageModel model = unopened();

  private static LanguageModel unopened() {
    LanguageModel closed = DemoModel.open(KernelChoice.Preference.AUTO, 1, LoadOptions.defaults());
    closed.close();
    return closed;
  }

  @BeforeAll
  static void open() throws IOException {
    writeModel();
    writeTokenizer();
    try (LanguageModel exact = open(HeadMode.EXACT)) {
      SAMPLINGS.forEach((name, sampling) -> expected.put(name, result(exact.generate(request(sampling, false))).text));
      expected.put("all", result(exact.generate(request(ALL_LOGITS, false))).text);
    }
    assertEquals(0, kernels.screenedStates(), "states screened with an exact head");
    assertEquals(expected.size(), expected.values().stream().distinct().count(), expected::toString);
    model = open(HeadMode.AUTO);
  }

  @AfterAll
  static void close() {
    model.close();
  }

  private static LanguageModel open(HeadMode head) {
    return LoadedModel.open(folder, PackedWeightCache.off(), kernels, 2, LoadOptions.defaults(),
        new EngineSettings(8, DraftMode.OFF, KeyValueType.F16, 0, head, Activations.INT8), (done, total) -> {});
  }

  /** All likely rows point in one direction but for some noise, and so do all hidden states. */
  private static void writeModel() throws IOException {
    Files.writeString(folder.resolve("config.json"),
        """
            {"architectures": ["LlamaForCausalLM"], "hidden_size": %d, "intermediate_size": 256, "num_hidden_layers": 1,
             "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 64, "vocab_size": %d,
             "max_position_embeddings": 256, "rms_norm_eps": 1e-5, "tie_word_embeddings": true}
            """.formatted(DIM, VOCABULARY));
    var random = new Random(1);
    var direction = new float[DIM];
    for (int col = 0; col < DIM; col++) {
      direction[col] = random.nextBoolean() ? 1 : -1;
    }
    float[] head = gaussians(random, VOCABULARY * DIM, 0.05f);
    float size = 1;
    for (int rank = 0; rank < LIKELY; rank++) {
      int row = likely(rank) * DIM;
      for (int col = 0; col < DIM; col++) {
        head[row + col] = size * (direction[col] + 2 * head[row + col]);
      }
      size *= RATIO;
    }
    var ones = new float[DIM];
    Arrays.fill(ones, 1);
    var file = new SafetensorsBuilder().floats("model.embed_tokens.weight", new long[]{VOCABULARY, DIM}, head)
        .floats("model.norm.weight", new long[]{DIM}, ones)
        .floats("model.layers.0.input_layernorm.weight", new long[]{DIM}, ones)
        .floats("model.layers.0.post_attention_layernorm.weight", new long[]{DIM}, ones);
    for (String name : List.of("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj",
        "mlp.gate_proj", "mlp.up_proj", "mlp.down_proj")) {
      int rows = name.contains("k_proj") || name.contains("v_proj") ? DIM / 2 : DIM;
      file.floats("model.layers.0." + name + ".weight", new long[]{rows, DIM},
          gaussians(random, rows * DIM, 0.04f));
    }
    file.write(folder.resolve("model.safetensors"));
  }

  /** The id of a likely token; they lie all over the vocabulary. */
  private static int likely(int rank) {
    return 500 + rank * 7919 % 32_000;
  }

  private static float[] gaussians(Random random, int count, float deviation) {
    var values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian() * deviation;
    }
    return values;
  }

  /** The demo model's, with more words; from the text can be told which were chosen. */
  private static void writeTokenizer() throws IOException {
    var json = new ObjectMapper();
    var tokenizer = (ObjectNode) json.readTree(DemoModel.PATH.resolve("tokenizer.json").toFile());
    var words = (ObjectNode) tokenizer.get("model").get("vocab");
    for (int id = words.size(); id < VOCABULARY; id++) {
      words.put("w" + id, id);
    }
    json.writeValue(folder.resolve("tokenizer.json").toFile(), tokenizer);
  }

  private static GenerationRequest request(SamplingOptions sampling, boolean drafts) {
    return GenerationRequest.builder(new Prompt.Tokens(List.of(likely(3), 400, likely(50)))).sampling(sampling)
        .maxTokens(TOKENS).ignoreEnd(true).drafts(drafts).build();
  }

  private record Result(String text, Usage usage) {}

  private static Result result(GenerationStream stream) {
    var text = new StringBuilder();
    while (true) {
      switch (stream.next()) {
        case GenerationEvent.TextDelta(String delta) -> text.append(delta);
        case GenerationEvent.PromptProgress _ -> {
        }
        case GenerationEvent.Finished(FinishReason reason, Usage usage) -> {
          assertEquals(FinishReason.LENGTH, reason);
          return new Result(text.toString(), usage);
        }
      }
    }
  }

  @Test
  void saysTheSameAndScreensEachState() {
    SAMPLINGS.forEach((name, sampling) -> {
      int before = kernels.screenedStates();
      assertEquals(expected.get(name), result(model.generate(request(sampling, false))).text, name);
      assertEquals(TOKENS, kernels.screenedStates() - before, name);
    });
  }

  @Test
  void saysTheSameWithDrafts() {
    SAMPLINGS.forEach((name, sampling) -> {
      int before = kernels.screenedStates();
      Result result = result(model.generate(request(sampling, true)));
      assertEquals(expected.get(name), result.text, name);
      int rejected = result.usage.draftTokens() - result.usage.acceptedDraftTokens();
      assertEquals(TOKENS + rejected, kernels.screenedStates() - before, name);
      if (name.equals("greedy")) {
        assertTrue(result.usage.acceptedDraftTokens() > 0, result::toString);
      }
    });
  }

  @Test
  void saysTheSameToSeveralAtOnce() {
    int before = kernels.screenedStates();
    Map<String, GenerationStream> streams = new TreeMap<>();
    SAMPLINGS.forEach((name, sampling) -> streams.put(name, model.generate(request(sampling, true))));
    streams.forEach((name, stream) -> assertEquals(expected.get(name), result(stream).text, name));
    assertTrue(kernels.screenedStates() - before >= SAMPLINGS.size() * TOKENS);
  }

  @Test
  void screensNothingForAChoiceAmongAll() {
    int before = kernels.screenedStates();
    assertEquals(expected.get("all"), result(model.generate(request(ALL_LOGITS, false))).text);
    assertEquals(0, kernels.screenedStates() - before);
    // Those that share their steps with one are right all the same; nobody says how many of theirs were screened.
    var streams = new ArrayList<GenerationStream>();
    SAMPLINGS.values().forEach(sampling -> streams.add(model.generate(request(sampling, false))));
    assertEquals(expected.get("all"), result(model.generate(request(ALL_LOGITS, false))).text);
    var texts = streams.stream().map(stream -> result(stream).text).toList();
    assertEquals(SAMPLINGS.keySet().stream().map(expected::get).toList(), texts);
  }

  @Test
  void readsLessForEachToken() {
    long bytes = model.memoryTraffic().weightBytesPerToken();
    try (LanguageModel exact = open(HeadMode.EXACT)) {
      assertTrue(bytes < exact.memoryTraffic().weightBytesPerToken() / 4);
    }
  }

  /** Kernels that count how many hidden states the coarse copy was multiplied with. */
  private static final class CountingKernels implements Kernels {
    private final Kernels kernels;
    private final AtomicInteger screened = new AtomicInteger();
    private final ScreenKernel screen;

    CountingKernels(Kernels kernels) {
      this.kernels = kernels;
      ScreenKernel kernel = kernels.screen().orElseGet(ScalarScreenKernel::new);
      this.screen = new ScreenKernel() {
        @Override
        public long tableBytes(int cols) {
          return kernel.tableBytes(cols);
        }

        @Override
        public void prepare(float[] x, int offset, int cols, float step, MemorySegment tables, int fromBlock,
            int toBlock) {
          kernel.prepare(x, offset, cols, step, tables, fromBlock, toBlock);
        }

        @Override
        public void multiply(ScreenMatrix w, MemorySegment tables, float[] steps, int tokens, float[] scores,
            float[] deviations, int stride, int fromBlock, int toBlock, int[] scratch) {
          if (fromBlock == 0) {
            screened.addAndGet(tokens);
          }
          kernel.multiply(w, tables, steps, tokens, scores, deviations, stride, fromBlock, toBlock, scratch);
        }
      };
    }

    int screenedStates() {
      return screened.get();
    }

    @Override
    public String name() {
      return kernels.name();
    }

    @Override
    public TernaryKernel ternary() {
      return kernels.ternary();
    }

    @Override
    public DenseKernel dense() {
      return kernels.dense();
    }

    @Override
    public Optional<ScreenKernel> screen() {
      return Optional.of(screen);
    }

    @Override
    public VectorMath math() {
      return kernels.math();
    }

    @Override
    public AttentionKernel attention() {
      return kernels.attention();
    }
  }
}
