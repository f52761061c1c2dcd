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
import dev.trine.app.http.Loopback;
import dev.trine.app.http.ServerOptions;
import dev.trine.app.http.TrineServer;
import dev.trine.app.model.BuiltInModels;
import dev.trine.app.model.ModelRegistry;
import dev.trine.app.model.ServedModel;
import dev.trine.app.plugin.PluginReport;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code trine serve}: a model for every OpenAI client. */
@Command(name = "serve", description = "Serve a model to any OpenAI client.", sortOptions = false, customSynopsis = "Usage: trine serve [OPTIONS] [MODEL]", synopsisHeading = "", parameterListHeading = "%n", optionListHeading = "%nOptions:%n", footerHeading = "%nExamples:%n", footer = {
    "  trine serve                                the built-in demo model on http://127.0.0.1:8000",
    "  trine serve ~/models/bitnet-2b             a model by its path",
    "  trine serve model.gguf --port 9000 --api-key secret",
    "  trine serve --host 0.0.0.0 --api-key-file keys.txt    for other machines too", "",
    "Clients use http://127.0.0.1:8000/v1 as their base URL. /docs describes every route. Ctrl+C stops the server."})
final class ServeCommand implements Callable<Integer> {

  private final Console console;

  @Parameters(arity = "0..1", paramLabel = "MODEL", description = "an installed model, a folder or a .gguf file; without it the demo model")
  private @Nullable String model;

  @Option(names = "--host", paramLabel = "ADDRESS", order = 10, defaultValue = "127.0.0.1", description = "where to listen; 127.0.0.1, the default, is reached from this machine alone")
  private String host = "127.0.0.1";

  @Option(names = {"-p",
      "--port"}, paramLabel = "N", order = 11, defaultValue = "8000", description = "port to listen on; 8000 by default, 0 takes a free one")
  private int port;

  @Option(names = "--api-key", paramLabel = "KEY", split = ",", order = 12, description = "requests must carry one of these keys; TRINE_API_KEY does the same")
  private List<String> apiKeys = List.of();

  @Option(names = "--api-key-file", paramLabel = "FILE", order = 13, description = "a file with a key on each line")
  private @Nullable Path apiKeyFile;

  @Option(names = "--cors-origin", paramLabel = "ORIGIN", split = ",", order = 14, description = "let web pages of this origin call the server, such as https://chat.example; '*': all pages")
  private List<String> corsOrigins = List.of();

  @Option(names = "--strict-model", order = 15, description = "refuse requests that name another model, even the names that clients send by default")
  private boolean strictModel;

  @Option(names = "--queue", paramLabel = "N", order = 16, defaultValue = ""
      + LoadOptions.DEFAULT_QUEUE_CAPACITY, description = "how many requests may wait; further ones are told to come back (429)")
  private int queue;

  @Option(names = {"-np",
      "--parallel"}, paramLabel = "N", order = 17, defaultValue = "-1", description = "how many requests run at one time, sharing each pass over the weights; -1, the default: the plugin's setting, 8")
  private int parallel;

  @Option(names = "--grace-period", paramLabel = "SECONDS", order = 18, defaultValue = "10", description = "how long running answers may go on when the server is told to stop; 10 by default")
  private int gracePeriod;

  @Mixin
  private final SamplingFlags sampling = new SamplingFlags();

  @Mixin
  private final EngineFlags engineFlags = new EngineFlags();

  private volatile boolean stopping;

  ServeCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws InterruptedException {
    ServerOptions options = serverOptions();
    LoadOptions loadOptions = loadOptions();
    var progress = new LoadProgress(console);
    try (StartedPlugins started = StartedPlugins.start(console, engineFlags, progress)) {
      Optional<ModelOpener.Choice> choice = choose(started.models());
      choice.filter(chosen -> chosen.isDemo())
          .ifPresent(chosen -> console.sayln(Notices.demo(chosen.id(), "serve")));
      ModelRegistry registry = ModelRegistry.loading();
      TrineServer server = TrineServer.start(options, started.plugins(), registry);
      stopWithProcess(server, registry, started);
      try {
        publish(started, choice, loadOptions, registry, progress);
        announce(server, options, registry);
        // Requests are answered already; they end the warming up.
        registry.active().ifPresent(active -> active.model().warmUp());
        server.awaitStop();
      } catch (PlatformException e) {
        if (!stopping) {
          stopping = true;
          server.close();
          throw e;
        }
      }
      return ExitCode.DONE;
    } finally {
      progress.clear();
    }
  }

  private ServerOptions serverOptions() {
    if (gracePeriod < 0) {
      throw PlatformException.ofParameter(StandardErrorCode.INVALID_VALUE, "--grace-period",
          "--grace-period must be 0 or more seconds, got " + gracePeriod);
    }
    return ServerOptions.builder().host(host).port(port).apiKeys(keys()).corsOrigins(corsOrigins)
        .strictModel(strictModel).samplingDefaults(sampling.options())
        .gracePeriod(Duration.ofSeconds(gracePeriod)).build();
  }

  private LoadOptions loadOptions() {
    if (queue < 0) {
      throw PlatformException.ofParameter(StandardErrorCode.INVALID_VALUE, "--queue",
          "--queue must be 0 or more, got " + queue);
    }
    if (parallel != -1 && parallel < 1) {
      throw PlatformException.ofParameter(StandardErrorCode.INVALID_VALUE, "--parallel",
          "--parallel must be 1 or more, or -1 for the plugin's setting, got " + parallel);
    }
    return engineFlags.loadOptions(queue).withParallelSequences(Math.max(0, parallel));
  }

  private List<String> keys() {
    var keys = new ArrayList<String>(apiKeys);
    for (String variable : List.of("TRINE_API_KEY", "LLAMA_API_KEY")) {
      String key = console.environment().getOrDefault(variable, "");
      if (keys.isEmpty() && !key.isBlank()) {
        keys.addAll(List.of(key.split(",")));
      }
    }
    Path file = apiKeyFile;
    if (file != null) {
      try {
        List<String> fromFile = Files.readAllLines(file, StandardCharsets.UTF_8).stream().map(String::strip)
            .filter(line -> !line.isEmpty() && !line.startsWith("#")).toList();
        if (fromFile.isEmpty()) {
          throw PlatformException.ofParameter(StandardErrorCode.INVALID_CONFIGURATION, "--api-key-file",
              "there is no key in " + file);
        }
        keys.addAll(fromFile);
      } catch (IOException e) {
        throw new PlatformException(StandardErrorCode.INVALID_CONFIGURATION,
            "cannot read the keys in " + file + ": " + e,
            e);
      }
    }
    return keys;
  }

  /** The model to serve; without a name the demo, else the first that a plugin brings along, else none. */
  private Optional<ModelOpener.Choice> choose(ModelOpener models) {
    if (model != null) {
      return Optional.of(models.choose(model));
    }
    if (models.canOpenDemo()) {
      return Optional.of(models.choose(null));
    }
    Optional<ModelOpener.Choice> builtIn = models.builtIn().stream().<ModelOpener.Choice>map(one -> one).findFirst();
    // With a plugin that wants files, a demo model that is missing is a failure; without any plugin there is no chat.
    return builtIn.isPresent() || !models.canOpen() ? builtIn : Optional.of(models.choose(null));
  }

  private void publish(StartedPlugins started, Optional<ModelOpener.Choice> choice, LoadOptions options,
      ModelRegistry registry,
      LoadProgress progress) {
    var served = new ArrayList<ServedModel>(
        BuiltInModels.openAll(started.plugins().capabilities(TextGeneration.class), options, InstantSource.system()));
    if (choice.isPresent()) {
      String id = choice.get().id();
      for (ServedModel other : List.copyOf(served)) {
        // The user's own choice takes the name.
        if (other.id().equals(id)) {
          served.remove(other);
          other.model().close();
        }
      }
      console.sayln("Loading " + id + " …");
      long start = System.nanoTime();
      LanguageModel loaded = started.models().open(choice.get(), options);
      served.addFirst(new ServedModel(id, Set.of(), loaded, Instant.now()));
      progress.clear();
      ModelDescription description = loaded.description();
      console.sayln(String.format(Locale.ROOT, "Loaded %s in %.1f s: %s, %s; %s weights, context %d tokens.", id,
          (System.nanoTime() - start) / 1e9, description.architecture(), description.format(),
          count(description.parameterCount()), description.contextLength()));
    }
    registry.publish(served);
    for (PluginReport report : started.plugins().reports()) {
      console.sayln(describe(report));
    }
  }

  private static String describe(PluginReport report) {
    var line = new StringBuilder("Plugin ").append(report.name());
    if (report.state() != PluginReport.State.RUNNING) {
      return line.append(" is left out: ").append(report.reason()).toString();
    }
    line.append(' ').append(report.version()).append(": ").append(report.health().message());
    report.health().details().forEach((key, value) -> line.append("; ").append(key).append(": ").append(value));
    return line.toString();
  }

  private void announce(TrineServer server, ServerOptions options, ModelRegistry registry) {
    String url = "http://" + reachable(options.host()) + ":" + server.port();
    console.sayln("");
    console.sayln("Serving on " + url + " - base URL for OpenAI clients: " + url + "/v1");
    if (registry.active().isPresent()) {
      String key = options.apiKeys().isEmpty() ? "" : " -H 'Authorization: Bearer KEY'";
      console.sayln("Try: curl " + url + "/v1/chat/completions -H 'Content-Type: application/json'" + key
          + " -d '{\"messages\":[{\"role\":\"user\",\"content\":\"What is the capital of France?\"}],\"temperature\":0}'");
    } else {
      console.sayln("No plugin that generates text is loaded, so there is nothing to chat with.");
    }
    console.sayln("Every route: " + url + "/docs");
    if (!Loopback.isLoopbackBind(options.host()) && options.apiKeys().isEmpty()) {
      String warning = "WARNING: every machine that can reach this one may use the server; --api-key asks for a key.";
      console.sayln(console.isColoured(Console.Stream.ERR) ? "\033[31m" + warning + "\033[0m" : warning);
    }
    console.sayln("Ctrl+C stops the server.");
  }

  /** An address that can be called: a server that listens everywhere also listens here. */
  private static String reachable(String host) {
    return switch (host) {
      case "0.0.0.0", "::" -> "127.0.0.1";
      default -> host.contains(":") ? "[" + host + "]" : host;
    };
  }

  /** Lets running answers end when the process is told to stop; the JVM then gives the exit code of the signal. */
  private void stopWithProcess(TrineServer server, ModelRegistry registry, StartedPlugins started) {
    Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().name("trine-stop").unstarted(() -> {
      if (!stopping) {
        stopping = true;
        console.sayln("Stopping: running answers may end first.");
        server.close();
        registry.close();
        started.close();
      }
    }));
  }

  /** A number of weights for people, such as {@code 7.0 M}. */
  static String count(long weights) {
    if (weights >= 1_000_000_000) {
      return String.format(Locale.ROOT, "%.1f G", weights / 1e9);
    }
    return weights >= 1_000_000
        ? String.format(Locale.ROOT, "%.1f M", weights / 1e6)
        : String.format(Locale.ROOT, "%d", weights);
  }
}
