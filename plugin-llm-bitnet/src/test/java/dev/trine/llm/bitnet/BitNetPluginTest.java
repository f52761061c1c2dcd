/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet;

import dev.trine.api.EventSink;
import dev.trine.api.ModelStore;
import dev.trine.api.PlatformException;
import dev.trine.api.PluginConfiguration;
import dev.trine.api.PluginContext;
import dev.trine.api.StandardErrorCode;
import dev.trine.api.WorkerBudget;
import dev.trine.api.llm.GenerationEvent;
import dev.trine.api.llm.GenerationRequest;
import dev.trine.api.llm.LoadOptions;
import dev.trine.api.llm.Prompt;
import dev.trine.api.llm.SamplingOptions;
import dev.trine.api.llm.TextGeneration;
import dev.trine.tck.TestPluginContext;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.junit.jupiter.api.Assertions.assertTrue;

class BitNetPluginTest {

  /** A host whose home cannot be written, like a container's file system that is read-only. */
  private record ReadOnlyHome(PluginContext host) implements PluginContext {

    @Override
    public PluginConfiguration configuration() {
      return host.configuration();
    }

    @Override
    public Path dataDirectory() {
      throw new PlatformException(StandardErrorCode.INVALID_CONFIGURATION, "cannot make the folder plugin-data");
    }

    @Override
    public Path cacheDirectory() {
      throw new PlatformException(StandardErrorCode.INVALID_CONFIGURATION, "cannot make the folder cache");
    }

    @Override
    public Optional<Path> existingCacheDirectory() {
      return Optional.empty();
    }

    @Override
    public InstantSource clock() {
      return host.clock();
    }

    @Override
    public ModelStore models() {
      return host.models();
    }

    @Override
    public WorkerBudget workers() {
      return host.workers();
    }

    @Override
    public EventSink events() {
      return host.events();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"auto", "lut4"})
  void opensModelsWhereItsFoldersCannotBeWritten(String layout, @TempDir Path folder) {
    var plugin = new BitNetPlugin();
    var capabilities = plugin
        .start(new ReadOnlyHome(TestPluginContext.in(folder).withSettings(Map.of("layout", layout))));
    var generation = capabilities.ofType(TextGeneration.class).getFirst();
    try (var model = generation.open(DemoModel.PATH, LoadOptions.defaults());
        var stream = model.generate(GenerationRequest.builder(new Prompt.Tokens(List.of(300, 301))).maxTokens(2)
            .sampling(SamplingOptions.builder().temperature(0.0).build()).build())) {
      GenerationEvent last = stream.next();
      while (stream.hasNext()) {
        last = stream.next();
      }
      assertTrue(last instanceof GenerationEvent.Finished, last::toString);
    }
    String reason = plugin.health().details().get("kernel reason");
    assertTrue(reason != null && !reason.contains("until a model is opened"), reason);
  }
}
