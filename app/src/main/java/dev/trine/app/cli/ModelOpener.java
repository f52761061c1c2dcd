/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.cli;

import dev.trine.api.PlatformException;
import dev.trine.api.StandardErrorCode;
import dev.trine.api.llm.LanguageModel;
import dev.trine.api.llm.LoadOptions;
import dev.trine.api.llm.ModelDescription;
import dev.trine.api.llm.TextGeneration;
import dev.trine.app.store.LocalModelStore;
import dev.trine.app.store.ResolvedModel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Finds the model that a user means, and the plugin that opens it. */
final class ModelOpener {

  private final List<TextGeneration> engines;
  private final LocalModelStore store;
  private final List<String> failures;

  /**
   * @param engines  what can open models, in order of preference
   * @param failures plugins that do not run, and why
   */
  ModelOpener(List<TextGeneration> engines, LocalModelStore store, List<String> failures) {
    this.failures = List.copyOf(failures);
    this.engines = List.copyOf(engines);
    this.store = store;
  }

  /** A model that is there, whether or not it turns out to be sound. */
  sealed interface Choice {

    /** Name for people and clients. */
    String id();

    /** Whether this is the model that ships with Trine. */
    default boolean isDemo() {
      return false;
    }

    /** A model that a plugin brings with it. */
    record BuiltIn(String id, TextGeneration engine) implements Choice {}

    /** A model on disk. */
    record OnDisk(ResolvedModel model) implements Choice {
      @Override
      public String id() {
        return model.id();
      }

      @Override
      public boolean isDemo() {
        return model.origin() == ResolvedModel.Origin.BUNDLED;
      }
    }
  }

  /**
   * Finds a model.
   *
   * @param reference what the user wrote; null for the model that ships with Trine
   * @throws PlatformException {@code MODEL_NOT_FOUND}, or {@code INVALID_REQUEST} when several models match
   */
  Choice choose(@Nullable String reference) {
    if (reference == null) {
      return store.findResolved(LocalModelStore.DEMO_MODEL).<Choice>map(Choice.OnDisk::new)
          .orElseThrow(() -> new PlatformException(StandardErrorCode.MODEL_NOT_FOUND,
              "the demo model " + LocalModelStore.DEMO_MODEL + " is not part of this installation; name a model: "
                  + "'trine list' shows what is installed"));
    }
    Optional<ResolvedModel> installed = store.findResolved(reference);
    if (installed.isPresent()) {
      return new Choice.OnDisk(installed.get());
    }
    List<String> builtIn = new ArrayList<>();
    for (TextGeneration engine : engines) {
      builtIn.addAll(engine.builtInModels());
      if (engine.builtInModels().contains(reference)) {
        return new Choice.BuiltIn(reference, engine);
      }
    }
    return new Choice.OnDisk(store.resolve(reference, builtIn));
  }

  /** Whether a word names a model. */
  boolean isModel(String word) {
    try {
      choose(word);
      return true;
    } catch (PlatformException e) {
      return false;
    }
  }

  /** Whether there is a plugin that generates text. */
  boolean canOpen() {
    return !engines.isEmpty();
  }

  /** Whether there is a plugin that reads the model that ships with Trine. */
  boolean canOpenDemo() {
    return store.findResolved(LocalModelStore.DEMO_MODEL)
        .filter(demo -> engines.stream().anyMatch(engine -> engine.recognises(demo.path()))).isPresent();
  }

  /** The models that plugins bring with them. */
  List<Choice.BuiltIn> builtIn() {
    return engines.stream().flatMap(engine -> engine.builtInModels().stream().map(id -> new Choice.BuiltIn(id, engine)))
        .toList();
  }

  /**
   * Loads a model. The caller closes it.
   *
   * @throws PlatformException {@code MODEL_INVALID} or {@code MODEL_UNSUPPORTED}, naming path and reason
   */
  LanguageModel open(Choice choice, LoadOptions options) {
    return switch (choice) {
      case Choice.BuiltIn builtIn -> builtIn.engine().openBuiltIn(builtIn.id(), options);
      case Choice.OnDisk onDisk -> engineFor(onDisk.model().path()).open(onDisk.model().path(), options);
    };
  }

  /**
   * Reads what a model on disk is, without its weights.
   *
   * @throws PlatformException {@code MODEL_INVALID} or {@code MODEL_UNSUPPORTED}, naming path and reason
   */
  ModelDescription describe(Path path) {
    return engineFor(path).describe(path);
  }

  private TextGeneration engineFor(Path path) {
    if (engines.isEmpty()) {
      throw new PlatformException(StandardErrorCode.NOT_SUPPORTED,
          "no plugin that generates text is loaded" + (failures.isEmpty() ? "" : ": " + String.join("; ", failures))
              + "; 'trine doctor' says which plugins there are and what keeps them out");
    }
    return engines.stream().filter(engine -> engine.recognises(path)).findFirst()
        .orElseThrow(() -> new PlatformException(StandardErrorCode.MODEL_UNSUPPORTED, path
            + " is no model that Trine can read: it takes a Hugging Face folder (config.json, tokenizer.json and "
            + ".safetensors files) or a .gguf file"));
  }
}
