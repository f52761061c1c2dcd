/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.cli;

import dev.trine.api.PlatformException;
import dev.trine.api.StandardErrorCode;
import dev.trine.api.llm.LoadOptions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Options that say which plugins are loaded, and how. */
final class EngineFlags {

  @Option(names = "--plugins", paramLabel = "DIR", order = 80, description = "also load the plugin jars in this folder; TRINE_HOME/plugins is always looked at")
  private List<Path> pluginFolders = List.of();

  @Option(names = "--without", paramLabel = "PLUGIN_ID", order = 81, description = "leave this plugin out")
  private Set<String> without = new LinkedHashSet<>();

  @Option(names = {"-t",
      "--threads"}, paramLabel = "N", order = 82, description = "how many cores to compute on, at most those that this process may use; all of them by default")
  private @Nullable Integer threads;

  @Option(names = {"-o",
      "--option"}, paramLabel = "KEY=VALUE", order = 83, description = "a setting of a plugin, such as plugins.llm-bitnet.kernel=scalar")
  private Map<String, String> settings = new LinkedHashMap<>();

  @Option(names = {"-c",
      "--ctx"}, paramLabel = "N", order = 40, description = "how many tokens a conversation may have; 0, the default: what the model allows")
  private int contextLength;

  List<Path> pluginFolders() {
    return pluginFolders;
  }

  Set<String> without() {
    return without;
  }

  Map<String, String> settings() {
    return settings;
  }

  /** How many cores to compute on: threads that share a core would only take turns. */
  int threads() {
    if (threads == null) {
      return processors();
    }
    if (threads < 1) {
      throw PlatformException.ofParameter(StandardErrorCode.INVALID_VALUE, "--threads",
          "--threads must be 1 or more, got " + threads);
    }
    return Math.min(threads, processors());
  }

  /** What to tell somebody who asked for more cores than there are. */
  Optional<String> threadsNotice() {
    return threads != null && threads > processors()
        ? Optional.of("--threads " + threads + " is more than the " + processors()
            + " processors that this process may use; computing on " + processors())
        : Optional.empty();
  }

  /** Those of the machine, or fewer where the process or its container is limited. */
  private static int processors() {
    return Runtime.getRuntime().availableProcessors();
  }

  /** The same flags for another process, but for the folders of plugins. */
  List<String> arguments() {
    var arguments = new ArrayList<String>();
    without.forEach(id -> arguments.add("--without=" + id));
    settings.forEach((key, value) -> arguments.add("--option=" + key + "=" + value));
    arguments.add("--threads=" + threads());
    arguments.add("--ctx=" + contextLength);
    return arguments;
  }

  /** How a model is loaded, with room for {@code queue} requests that wait. */
  LoadOptions loadOptions(int queue) {
    if (contextLength < 0) {
      throw PlatformException.ofParameter(StandardErrorCode.INVALID_VALUE, "--ctx",
          "--ctx must be 0 or more, got " + contextLength);
    }
    return new LoadOptions(contextLength, queue);
  }
}
