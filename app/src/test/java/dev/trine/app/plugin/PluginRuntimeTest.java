/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.plugin;

import dev.trine.api.Capabilities;
import dev.trine.api.Health;
import dev.trine.api.Plugin;
import dev.trine.api.PluginContext;
import dev.trine.api.PluginDescriptor;
import dev.trine.app.plugin.PluginReport.State;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

class PluginRuntimeTest {

  private static final String NOTHING = "return Capabilities.of();";

  @TempDir
  Path folder;

  private PluginReport only(PluginRuntime runtime) {
    assertEquals(1, runtime.reports().size(), runtime.reports().toString());
    return runtime.reports().getFirst();
  }

  private void assertFails(String name, String reasonPart) {
    try (var runtime = PluginRuntimes.start(folder)) {
      PluginReport report = only(runtime);
      assertEquals(State.FAILED, report.state());
      assertEquals(name, report.name());
      assertTrue(report.reason().contains(reasonPart), report.reason());
      assertEquals(Health.Status.DOWN, report.health().status());
    }
  }

  @Test
  void startsAndClosesAPluginFromAJar() {
    System.clearProperty("third.closed");
    TestJars.pluginJar(folder.resolve("good.jar"), "Good",
        TestJars.plugin("Good", "good", NOTHING,
            "public void close() { System.setProperty(\"third.closed\", \"yes\"); }"));
    try (var runtime = PluginRuntimes.start(folder)) {
      PluginReport report = only(runtime);
      assertEquals(State.RUNNING, report.state(), report.reason());
      assertEquals("good", report.name());
      assertEquals("1.2", report.version());
      assertEquals(folder.resolve("good.jar").toString(), report.source());
      assertEquals(Health.Status.UP, report.health().status());
    }
    assertEquals("yes", System.clearProperty("third.closed"));
  }

  @Test
  void showsAPluginTheSpiAndNothingElseOfTheHost() {
    TestJars.pluginJar(folder.resolve("nosy.jar"), "Nosy", TestJars.plugin("Nosy", "nosy", """
        for (String name : List.of("dev.trine.app.plugin.PluginRuntime", "com.fasterxml.jackson.core.JsonFactory",
            "io.micronaut.context.ApplicationContext", "org.slf4j.Logger", "dev.trine.apix.Foo")) {
          try {
            Class.forName(name);
            throw new IllegalStateException("sees " + name);
          } catch (ClassNotFoundException e) {
            // As it should be.
          }
        }
        if (getClass().getClassLoader().getResource("logback.xml") != null) {
          throw new IllegalStateException("sees a resource");
        }
        try {
          Class.forName("org.jspecify.annotations.Nullable");
          Class.forName("java.net.http.HttpClient");
        } catch (ClassNotFoundException e) {
          throw new IllegalStateException(e);
        }
        return Capabilities.of();""", ""));
    try (var runtime = PluginRuntimes.start(folder)) {
      assertEquals(State.RUNNING, only(runtime).state(), only(runtime).reason());
    }
  }

  @Test
  void reportsWhatIsNotAJar() throws IOException {
    Files.writeString(folder.resolve("text.jar"), "not a zip");
    assertFails("text.jar", "not a readable jar");
  }

  @Test
  void reportsAPipeWithoutWaitingForIt() throws IOException, InterruptedException {
    Process process = new ProcessBuilder("mkfifo", folder.resolve("pipe.jar").toString()).start();
    assumeTrue(process.waitFor() == 0, "needs mkfifo");
    assertTimeoutPreemptively(Duration.ofSeconds(20), () -> assertFails("pipe.jar", "no regular file"));
  }

  @Test
  void reportsAnEmptyFile() throws IOException {
    Files.createFile(folder.resolve("empty.jar"));
    assertFails("empty.jar", "not a readable jar");
  }

  @Test
  void reportsAJarWithoutAPlugin() {
    TestJars.jar(folder.resolve("library.jar"), Map.of("x.txt", new byte[1]));
    assertFails("library.jar", "names no plugin");
  }

  @Test
  void reportsAMissingProvider() {
    TestJars.jar(folder.resolve("missing.jar"), Map.of("x.txt", new byte[1]), "third.NotThere");
    assertFails("missing.jar", "third.NotThere");
  }

  @Test
  void reportsABrokenServiceFile() {
    TestJars.jar(folder.resolve("odd.jar"), Map.of("x.txt", new byte[1]), "not a class name");
    assertFails("odd.jar", "Illegal configuration-file syntax");
  }

  @Test
  void reportsAProviderThatIsNoPlugin() {
    TestJars.jar(folder.resolve("other.jar"),
        TestJars.compile(Map.of("Other", "package third; public class Other {}")), "third.Other");
    assertFails("other.jar", "third.Other");
  }

  @Test
  void reportsAProviderThatIsTheHosts() {
    TestJars.jar(folder.resolve("borrowed.jar"), Map.of("x.txt", new byte[1]), "java.lang.String");
    assertFails("borrowed.jar", "names no plugin of its own");
  }

  @Test
  void reportsABadClassFile() {
    TestJars.jar(folder.resolve("bad.jar"),
        Map.of("third/Bad.class", "not a class".getBytes(StandardCharsets.UTF_8)), "third.Bad");
    assertFails("bad.jar", "ClassFormatError");
  }

  @Test
  void reportsAClassFileOfALaterJava() {
    var classes = TestJars.compile(Map.of("Late", TestJars.plugin("Late", "late", NOTHING, "")));
    // The low byte of the major version.
    classes.values().forEach(bytes -> bytes[7] = (byte) 200);
    TestJars.jar(folder.resolve("late.jar"), classes, "third.Late");
    assertFails("late.jar", "UnsupportedClassVersionError");
  }

  @Test
  void reportsAConstructorThatThrows() {
    TestJars.pluginJar(folder.resolve("ctor.jar"), "Ctor",
        TestJars.plugin("Ctor", "ctor", NOTHING, "public Ctor() { throw new IllegalStateException(\"no battery\"); }"));
    assertFails("ctor.jar", "no battery");
  }

  @Test
  void reportsAStaticInitialiserThatThrows() {
    TestJars.pluginJar(folder.resolve("init.jar"), "Init",
        TestJars.plugin("Init", "init", NOTHING, "static final int X = Integer.parseInt(\"no number\");"));
    assertFails("init.jar", "no number");
  }

  @Test
  void reportsAMissingDependency() {
    var classes = new HashMap<>(TestJars.compile(Map.of("Library", "package third; public class Library {}", "Needy",
        TestJars.plugin("Needy", "needy", NOTHING, "final Library library = new Library();"))));
    classes.remove("third/Library.class");
    TestJars.jar(folder.resolve("needy.jar"), classes, "third.Needy");
    assertFails("needy.jar", "missing class third.Library");
  }

  @Test
  void reportsADependencyThatIsMissedOnlyAtTheStart() {
    var classes = new HashMap<>(TestJars.compile(Map.of("Library", "package third; public class Library {}", "Lazy",
        TestJars.plugin("Lazy", "lazy", "new Library(); return Capabilities.of();", ""))));
    classes.remove("third/Library.class");
    TestJars.jar(folder.resolve("lazy.jar"), classes, "third.Lazy");
    assertFails("lazy", "missing class third.Library");
  }

  @Test
  void reportsADescriptorThatThrowsOrIsBad() {
    TestJars.pluginJar(folder.resolve("desc.jar"), "Desc", """
        package third;
        import dev.trine.api.*;
        public final class Desc implements Plugin {
          public PluginDescriptor descriptor() { return PluginDescriptor.of("Bad Id", "1", 1, 0, "x"); }
          public Capabilities start(PluginContext context) { return Capabilities.of(); }
        }
        """);
    assertFails("desc.jar", "Bad Id");
  }

  @Test
  void reportsAnotherSpiVersion() {
    TestJars.pluginJar(folder.resolve("future.jar"), "Future", """
        package third;
        import dev.trine.api.*;
        public final class Future implements Plugin {
          public PluginDescriptor descriptor() { return PluginDescriptor.of("future", "1", 99, 3, "x"); }
          public Capabilities start(PluginContext context) { return Capabilities.of(); }
        }
        """);
    assertFails("future", "version 99.3 of the SPI; this is version " + dev.trine.api.SpiVersion.current());
  }

  @Test
  void closesAPluginWhoseStartThrows() {
    System.clearProperty("third.closed");
    TestJars.pluginJar(folder.resolve("start.jar"), "Start", TestJars.plugin("Start", "start",
        "if (true) throw new IllegalStateException(\"no luck\"); " + NOTHING,
        "public void close() { System.setProperty(\"third.closed\", \"yes\"); throw new RuntimeException(); }"));
    assertFails("start", "no luck");
    assertEquals("yes", System.clearProperty("third.closed"));
  }

  @Test
  void reportsRoutesThatAreNoPaths() {
    TestJars.pluginJar(folder.resolve("route.jar"), "Router", TestJars.plugin("Router", "router", """
        RouteContribution c = () -> List.of(Route.get("/a/{+rest}", "x", e -> RouteResponse.json("{}")));
        return Capabilities.of(c);""", ""));
    assertFails("router", "/a/{+rest}");
  }

  @Test
  void oneBrokenJarDoesNotKeepOthersOut() throws IOException {
    Files.writeString(folder.resolve("a.jar"), "broken");
    TestJars.pluginJar(folder.resolve("b.jar"), "Good", TestJars.plugin("Good", "good", NOTHING, ""));
    Files.writeString(folder.resolve("c.jar"), "broken");
    Files.writeString(folder.resolve("readme.txt"), "not a plugin");
    try (var runtime = PluginRuntimes.start(folder)) {
      assertEquals(List.of(State.RUNNING, State.FAILED, State.FAILED),
          runtime.reports().stream().map(PluginReport::state).toList());
    }
  }

  @Test
  void namesBothJarsOfOneId() {
    TestJars.pluginJar(folder.resolve("one.jar"), "One", TestJars.plugin("One", "same", NOTHING, ""));
    TestJars.pluginJar(folder.resolve("two.jar"), "Two", TestJars.plugin("Two", "same", NOTHING, ""));
    try (var runtime = PluginRuntimes.start(folder)) {
      assertEquals(State.RUNNING, runtime.reports().get(0).state());
      PluginReport second = runtime.reports().get(1);
      assertEquals(State.FAILED, second.state());
      assertTrue(second.reason().contains("one.jar") && second.reason().contains("two.jar"), second.reason());
    }
  }

  /** Reads one setting of each kind and remembers when it is closed. */
  private record Recorder(String id, List<String> log) implements Plugin {

    enum Colour {
      DARK_RED, BLUE
    }

    @Override
    public PluginDescriptor descriptor() {
      return PluginDescriptor.of(id, "1", 1, 0, "records");
    }

    @Override
    public Capabilities start(PluginContext context) {
      var configuration = context.configuration();
      log.add("start " + id + " " + configuration.integer("batch-size", 5, 1, 9) + " "
          + configuration.flag("eager", false) + " " + configuration.choice("colour", Colour.BLUE) + " "
          + configuration.string("name").orElse("-"));
      assertTrue(Files.isDirectory(context.dataDirectory()) && Files.isDirectory(context.cacheDirectory()));
      return Capabilities.of();
    }

    @Override
    public void close() {
      log.add("close " + id);
    }
  }

  private PluginRuntime start(Map<String, String> settings, Set<String> without, Plugin... plugins) {
    return PluginRuntime.start(PluginRuntimes.options(folder, settings, without), List.of(plugins));
  }

  @Test
  void closesInTheOppositeOrder() {
    var log = new ArrayList<String>();
    try (var runtime = start(Map.of(), Set.of(), new Recorder("a", log), new Recorder("b", log))) {
      assertEquals(2, runtime.reports().size());
    }
    assertEquals(List.of("start a 5 false BLUE -", "start b 5 false BLUE -", "close b", "close a"), log);
  }

  @Test
  void doesNotStartWhatIsSwitchedOff() {
    var log = new ArrayList<String>();
    try (var runtime = start(Map.of(), Set.of("a"), new Recorder("a", log))) {
      assertEquals(State.DISABLED, only(runtime).state());
    }
    assertEquals(List.of(), log);
  }

  @Test
  void reportsWhatIsSwitchedOffInVain() {
    try (var runtime = start(Map.of(), Set.of("recoder"), new Recorder("recorder", new ArrayList<>()))) {
      assertEquals(List.of("the plugin 'recoder' that is switched off is not here; did you mean 'recorder'?"),
          runtime.unknownSettings());
    }
  }

  @Test
  void givesAPluginItsOwnSettings() {
    var log = new ArrayList<String>();
    try (var runtime = start(Map.of("trine.plugins.a.batch-size", "7", "trine.plugins.a.eager", "true",
        "trine.plugins.a.colour", "Dark-Red", "trine.plugins.a.name", "x", "trine.plugins.b.batch-size", "9"), Set.of(),
        new Recorder("a", log))) {
      assertEquals(State.RUNNING, only(runtime).state());
      assertEquals(List.of("settings trine.plugins.b.* are for a plugin that is not here; did you mean 'a'?"),
          runtime.unknownSettings());
    }
    assertEquals("start a 7 true DARK_RED x", log.getFirst());
  }

  @Test
  void reportsSettingsThatNobodyReadsWithTheNearestOne() {
    try (
        var runtime = start(Map.of("trine.plugins.a.bach-size", "7"), Set.of(), new Recorder("a", new ArrayList<>()))) {
      assertEquals(List.of(
          "unknown setting trine.plugins.a.bach-size; did you mean trine.plugins.a.batch-size?"),
          only(runtime).warnings());
    }
  }

  @Test
  void failsAPluginWhoseSettingsAreWrong() {
    for (var setting : Map.of("batch-size", "10", "eager", "perhaps", "colour", "green").entrySet()) {
      try (var runtime = start(Map.of("trine.plugins.a." + setting.getKey(), setting.getValue()), Set.of(),
          new Recorder("a", new ArrayList<>()))) {
        assertEquals(State.FAILED, only(runtime).state());
        assertTrue(only(runtime).reason()
            .contains("trine.plugins.a." + setting.getKey() + " is '" + setting.getValue() + "'; expected"),
            only(runtime).reason());
      }
    }
  }
}
