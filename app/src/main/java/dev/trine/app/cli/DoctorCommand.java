/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.cli;

import com.sun.management.OperatingSystemMXBean;
import dev.trine.api.Health;
import dev.trine.api.llm.TextGeneration;
import dev.trine.app.http.ProductVersion;
import dev.trine.app.plugin.PluginReport;
import dev.trine.app.store.LocalModelStore;
import dev.trine.app.store.TrineHome;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code trine doctor}: looks at everything that Trine needs. */
@Command(name = "doctor", aliases = "diag", description = "Look at everything that Trine needs.", sortOptions = false, customSynopsis = "Usage: trine doctor [OPTIONS]", synopsisHeading = "", optionListHeading = "%nOptions:%n", footerHeading = "%n", footer = "Exit code 0 when nothing is broken, 1 when something is.")
final class DoctorCommand implements Callable<Integer> {

  private final Console console;

  @Option(names = "--json", order = 10, description = "print a JSON object")
  private boolean json;

  @Mixin
  private final EngineFlags engineFlags = new EngineFlags();

  DoctorCommand(Console console) {
    this.console = console;
  }

  /** How one thing is. */
  enum Status {
    OK, WARN, FAIL
  }

  /**
   * One thing that was looked at.
   *
   * @param line    how it is, for people
   * @param fix     what to do about it; empty when there is nothing to do
   * @param details facts, in display order
   */
  record Check(String id, Status status, String line, String fix, Map<String, String> details) {

    Check(String id, Status status, String line) {
      this(id, status, line, "", Map.of());
    }
  }

  @Override
  public Integer call() {
    List<Check> checks;
    try (StartedPlugins started = StartedPlugins.start(console, engineFlags, (task, done, total) -> {})) {
      checks = checks(started);
    }
    boolean failed = checks.stream().anyMatch(check -> check.status() == Status.FAIL);
    if (json) {
      console.println(Json.of(asMap(checks, failed)));
    } else {
      print(checks);
    }
    return failed ? ExitCode.FAILURE : ExitCode.DONE;
  }

  private List<Check> checks(StartedPlugins started) {
    var checks = new ArrayList<Check>();
    checks.add(java());
    checks.add(vectorModule());
    checks.add(new Check("cores", Status.OK, Runtime.getRuntime().availableProcessors() + " for this process, "
        + engineFlags.threads() + " used to compute"));
    checks.add(memory());
    checks.add(home(started.store().home()));
    started.plugins().reports().forEach(report -> checks.add(plugin(report)));
    if (started.plugins().capabilities(TextGeneration.class).isEmpty()) {
      checks.add(new Check("text generation", Status.FAIL, "no plugin that generates text is loaded",
          "the plugin llm-bitnet belongs to Trine; look at the plugins above, or install Trine anew", Map.of()));
    }
    for (ListCommand.Row row : ListCommand.rows(started)) {
      checks.add(model(row));
    }
    if (started.store().findResolved(LocalModelStore.DEMO_MODEL).isEmpty()) {
      checks.add(new Check("model " + LocalModelStore.DEMO_MODEL, Status.WARN, "the demo model is not there",
          "name a model in every command, or install Trine anew", Map.of()));
    }
    return checks;
  }

  private static Check java() {
    return new Check("java", Status.OK, System.getProperty("java.vm.name") + " " + Runtime.version() + " in "
        + System.getProperty("java.home"));
  }

  private static Check vectorModule() {
    return ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent()
        ? new Check("vector module", Status.OK, "jdk.incubator.vector is there")
        : new Check("vector module", Status.FAIL, "jdk.incubator.vector is not loaded: computing is slow",
            "start Trine with bin/trine, which adds it, on a full JDK", Map.of());
  }

  private static Check memory() {
    var system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
    return new Check("memory", Status.OK, ListCommand.size(system.getTotalMemorySize()) + ", "
        + ListCommand.size(system.getFreeMemorySize()) + " of it free; Java's heap may take "
        + ListCommand.size(Runtime.getRuntime().maxMemory()));
  }

  private static Check home(TrineHome home) {
    Path root = home.root();
    if (!Files.exists(root)) {
      return new Check("home", Status.OK, root + " is made when something is written");
    }
    if (!Files.isDirectory(root) || !Files.isWritable(root)) {
      return new Check("home", Status.FAIL, root + " is not a folder that can be written to",
          "choose another one with TRINE_HOME", Map.of());
    }
    try {
      String permissions = PosixFilePermissions.toString(Files.getPosixFilePermissions(root));
      if (!permissions.endsWith("------")) {
        return new Check("home", Status.WARN, root + " is open to others (" + permissions + ")", "chmod 700 " + root,
            Map.of());
      }
    } catch (IOException | UnsupportedOperationException e) {
      return new Check("home", Status.OK, root.toString());
    }
    return new Check("home", Status.OK, root.toString());
  }

  private static Check plugin(PluginReport report) {
    String id = "plugin " + report.name();
    Health health = report.health();
    return switch (report.state()) {
      case DISABLED -> new Check(id, Status.OK, "left out, as asked");
      case FAILED -> new Check(id, Status.FAIL, report.reason(),
          "mend what it says, or leave the plugin out: --without " + report.name() + ", or take " + report.source()
              + " away",
          Map.of());
      case RUNNING -> new Check(id, switch (health.status()) {
        case UP -> report.warnings().isEmpty() ? Status.OK : Status.WARN;
        case DEGRADED -> Status.WARN;
        case DOWN -> Status.FAIL;
      }, report.version() + ", " + health.message(), String.join("; ", report.warnings()), health.details());
    };
  }

  private static Check model(ListCommand.Row row) {
    boolean sound = row.state().equals("ok");
    Status status = sound ? Status.OK : row.state().startsWith("incomplete") ? Status.WARN : Status.FAIL;
    String what = sound
        ? row.format() + (row.sizeBytes() < 0 ? "" : ", " + ListCommand.size(row.sizeBytes())) + " (" + row.from() + ")"
        : row.state();
    return new Check("model " + row.id(), status, what);
  }

  private void print(List<Check> checks) {
    console.println("trine " + ProductVersion.version());
    for (Check check : checks) {
      String mark = switch (check.status()) {
        case OK -> "ok  ";
        case WARN -> "warn";
        case FAIL -> "FAIL";
      };
      console.println(TerminalText.visible(mark + "  " + check.id() + ": " + check.line()));
      check.details().forEach((key, value) -> console.println(TerminalText.visible("        " + key + ": " + value)));
      if (!check.fix().isEmpty()) {
        console.println(TerminalText.visible("        -> " + check.fix()));
      }
    }
  }

  private static Map<String, Object> asMap(List<Check> checks, boolean failed) {
    var system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
    var map = new LinkedHashMap<String, Object>();
    map.put("ok", !failed);
    map.put("version", ProductVersion.version());
    map.put("os", System.getProperty("os.name") + " " + System.getProperty("os.arch"));
    map.put("cores", Runtime.getRuntime().availableProcessors());
    map.put("mem_total_mb", system.getTotalMemorySize() >> 20);
    var list = new ArrayList<Map<String, Object>>();
    for (Check check : checks) {
      var one = new LinkedHashMap<String, Object>();
      one.put("id", check.id());
      one.put("status", check.status().name().toLowerCase(Locale.ROOT));
      one.put("line", check.line());
      one.put("fix", check.fix().isEmpty() ? null : check.fix());
      one.put("details", check.details());
      list.add(one);
    }
    map.put("checks", list);
    return map;
  }
}
