/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.cli;

import dev.trine.api.PlatformException;
import dev.trine.api.llm.ModelDescription;
import dev.trine.app.store.HuggingFaceCache;
import dev.trine.app.store.ModelFiles;
import dev.trine.app.store.ResolvedModel;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code trine list}: the models on this machine. */
@Command(name = "list", aliases = "ls", description = "The models on this machine.", sortOptions = false, customSynopsis = "Usage: trine list [OPTIONS]", synopsisHeading = "", optionListHeading = "%nOptions:%n", footerHeading = "%n", footer = {
    "Models come from TRINE_HOME/models (a folder or .gguf file each), from the Hugging Face cache, from plugins, and",
    "one ships with Trine. A model that is anywhere else is named by its path."})
final class ListCommand implements Callable<Integer> {

  private static final DateTimeFormatter DATE = DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm", Locale.ROOT)
      .withZone(ZoneId.systemDefault());

  private final Console console;

  @Option(names = "--json", order = 10, description = "print a JSON array")
  private boolean json;

  @Option(names = {"-q", "--quiet", "--short"}, order = 11, description = "print the names alone")
  private boolean quiet;

  @Mixin
  private final EngineFlags engineFlags = new EngineFlags();

  ListCommand(Console console) {
    this.console = console;
  }

  /**
   * One line of the listing.
   *
   * @param format    what the files hold; empty when that is not known
   * @param sizeBytes bytes of the model's files; -1 when that is not known
   * @param modified  when they were last changed; null for models without files
   * @param from      where the model was found
   * @param state     {@code ok}, or what is wrong
   */
  record Row(String id, String format, long sizeBytes, @Nullable Instant modified, String from, String path,
      String state) {}

  @Override
  public Integer call() {
    try (StartedPlugins started = StartedPlugins.start(console, engineFlags, (task, done, total) -> {})) {
      List<Row> rows = rows(started);
      if (json) {
        console.println(Json.of(rows.stream().map(ListCommand::asMap).toList()));
      } else if (quiet) {
        rows.forEach(row -> console.println(row.id()));
      } else {
        print(rows);
      }
    }
    return ExitCode.DONE;
  }

  /** The models, those of plugins first, and what keeps each from being used. */
  static List<Row> rows(StartedPlugins started) {
    var rows = new ArrayList<Row>();
    for (ModelOpener.Choice.BuiltIn builtIn : started.models().builtIn()) {
      rows.add(new Row(builtIn.id(), "built in", -1, null, "plugin", "", "ok"));
    }
    for (ResolvedModel model : started.store().listResolved()) {
      rows.add(row(started, model));
    }
    for (HuggingFaceCache.Snapshot partial : started.store().incomplete()) {
      rows.add(new Row(partial.id(), "", -1, null, ResolvedModel.Origin.HUGGING_FACE_CACHE.label(),
          partial.path().toString(), "incomplete: " + partial.problem().orElse("")));
    }
    return rows;
  }

  private static Row row(StartedPlugins started, ResolvedModel model) {
    long size = -1;
    Instant modified = null;
    try {
      size = ModelFiles.sizeBytes(model.path());
      modified = Files.getLastModifiedTime(model.path()).toInstant();
      ModelDescription description = started.models().describe(model.path());
      return new Row(model.id(), description.architecture() + ", " + description.format(), size, modified,
          model.origin().label(), model.path().toString(), "ok");
    } catch (PlatformException e) {
      return new Row(model.id(), "", size, modified, model.origin().label(), model.path().toString(),
          "broken: " + e.getMessage());
    } catch (IOException e) {
      return new Row(model.id(), "", size, modified, model.origin().label(), model.path().toString(),
          "unreadable: " + e.getMessage());
    }
  }

  private static Map<String, Object> asMap(Row row) {
    var map = new LinkedHashMap<String, Object>();
    map.put("id", row.id());
    map.put("format", row.format());
    map.put("size_bytes", row.sizeBytes() < 0 ? null : row.sizeBytes());
    map.put("modified", row.modified() == null ? null : row.modified().toString());
    map.put("from", row.from());
    map.put("path", row.path().isEmpty() ? null : row.path());
    map.put("state", row.state());
    return map;
  }

  private void print(List<Row> rows) {
    if (rows.isEmpty()) {
      console.sayln("No models. A model folder or .gguf file in TRINE_HOME/models is listed here.");
      return;
    }
    var table = new ArrayList<List<String>>();
    table.add(List.of("ID", "FORMAT", "SIZE", "MODIFIED", "FROM", "STATE"));
    for (Row row : rows) {
      Instant modified = row.modified();
      table.add(List.of(row.id(), row.format(), row.sizeBytes() < 0 ? "" : size(row.sizeBytes()),
          modified == null ? "" : DATE.format(modified), row.from(), row.state()));
    }
    int columns = table.getFirst().size();
    int[] widths = new int[columns];
    for (List<String> line : table) {
      for (int column = 0; column < columns; column++) {
        widths[column] = Math.max(widths[column], line.get(column).length());
      }
    }
    for (List<String> line : table) {
      var text = new StringBuilder();
      for (int column = 0; column < columns; column++) {
        text.append(line.get(column)).repeat(" ", widths[column] - line.get(column).length() + 2);
      }
      console.println(TerminalText.visible(text.toString().stripTrailing()));
    }
  }

  /** A number of bytes for people, such as {@code 1.2 GB}. */
  static String size(long bytes) {
    String[] units = {"B", "kB", "MB", "GB", "TB"};
    double value = bytes;
    int unit = 0;
    while (value >= 999.5 && unit < units.length - 1) {
      value /= 1000;
      unit++;
    }
    return String.format(Locale.ROOT, value < 10 && unit > 0 ? "%.1f %s" : "%.0f %s", value, units[unit]);
  }
}
