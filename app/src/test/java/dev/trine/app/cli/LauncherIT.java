/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Runs the launcher with folders that look like JDKs, and with a Maven that only notes that it was called. */
@Timeout(60)
class LauncherIT {

  @TempDir
  Path temporary;

  private final Map<String, String> environment = new LinkedHashMap<>();
  private Path folder = Path.of("unset");
  private Path launcher = Path.of("unset");

  @BeforeEach
  void install() throws IOException {
    folder = Files.createDirectories(temporary.resolve("a folder with spaces"));
    // The folders of the machine that runs the test must not be seen.
    String script = Files.readString(Path.of("..", "bin", "trine")).replace("/usr/lib/jvm/*", quoted("jvm") + "/*")
        .replace("/Library/Java/JavaVirtualMachines/*/Contents/Home", quoted("none")).replace(" /opt/*", "");
    launcher = executable(folder.resolve("trine/bin/trine"), script);
    Files.createDirectories(folder.resolve("trine/lib"));
    Files.writeString(folder.resolve("trine/lib/trine-app-0.1.0.jar"), "");
    environment.put("HOME", folder.resolve("home").toString());
    environment.put("PATH", "/usr/bin:/bin");
    // No Java of this machine: a PATH with what the script needs, and nothing else.
    Path tools = Files.createDirectories(folder.resolve("tools"));
    for (String tool : List.of("sh", "dirname", "readlink", "sed", "head", "find", "mkdir", "rm", "mv", "cat", "date",
        "sleep", "touch")) {
      Path real = Files.exists(Path.of("/usr/bin", tool)) ? Path.of("/usr/bin", tool) : Path.of("/bin", tool);
      Files.createSymbolicLink(tools.resolve(tool), real);
    }
    environment.put("PATH", tools.toString());
  }

  private String quoted(String name) {
    return "\"" + folder.resolve(name) + "\"";
  }

  private static Path executable(Path path, String text) throws IOException {
    Files.createDirectories(path.getParent());
    Files.writeString(path, text);
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxr-xr-x"));
    return path;
  }

  /** A folder whose {@code java} prints where it is and its arguments, a line each. */
  private Path jdk(String name, String version) throws IOException {
    Path home = folder.resolve(name);
    executable(home.resolve("bin/java"), "#!/bin/sh\nprintf '%s\\n' '" + home + "' \"$@\"\nexit 7\n");
    executable(home.resolve("bin/javac"), "#!/bin/sh\n");
    Files.writeString(home.resolve("release"), "IMPLEMENTOR=\"x\"\nJAVA_VERSION=\"" + version + "\"\n");
    return home;
  }

  /** How the launcher ended, and what it wrote. */
  record Outcome(int exitCode, List<String> out, String err) {
    String chosen() {
      return out.isEmpty() ? "" : out.getFirst();
    }
  }

  private Outcome run(Path script, String... args) throws IOException, InterruptedException {
    Process process = start(script, args);
    assertTrue(process.waitFor(30, TimeUnit.SECONDS));
    return outcome(process);
  }

  private Process start(Path script, String... args) throws IOException {
    var command = new ArrayList<String>(List.of(script.toString()));
    command.addAll(List.of(args));
    var builder = new ProcessBuilder(command).directory(temporary.toFile());
    builder.environment().clear();
    builder.environment().putAll(environment);
    Path out = Files.createTempFile(temporary, "out", "");
    Path err = Files.createTempFile(temporary, "err", "");
    builder.redirectOutput(out.toFile()).redirectError(err.toFile());
    Process process = builder.start();
    process.getOutputStream().close();
    outputs.put(process, List.of(out, err));
    return process;
  }

  private final Map<Process, List<Path>> outputs = new LinkedHashMap<>();

  private Outcome outcome(Process process) throws IOException {
    List<Path> files = outputs.getOrDefault(process, List.of());
    return new Outcome(process.exitValue(), Files.readAllLines(files.get(0), StandardCharsets.UTF_8),
        Files.readString(files.get(1)));
  }

  @Test
  void takesTheJdkThatTrineJavaHomeNames() throws Exception {
    environment.put("TRINE_JAVA_HOME", jdk("mine", "25.0.1").toString());
    environment.put("JAVA_HOME", jdk("other", "26").toString());
    assertEquals(folder.resolve("mine").toString(), run(launcher).chosen());
  }

  @Test
  void refusesAnOldJdkThatTrineJavaHomeNames() throws Exception {
    environment.put("TRINE_JAVA_HOME", jdk("old", "21.0.2").toString());
    environment.put("JAVA_HOME", jdk("good", "25").toString());
    Outcome outcome = run(launcher);
    assertEquals(1, outcome.exitCode());
    assertTrue(outcome.err().contains("Java 21 in " + folder.resolve("old") + " (TRINE_JAVA_HOME)"), outcome.err());
    assertEquals(List.of(), outcome.out());
  }

  @Test
  void passesOverAJavaHomeThatIsTooOld() throws Exception {
    environment.put("JAVA_HOME", jdk("old", "1.8.0_402").toString());
    jdk("jvm/jdk-25", "25-ea");
    assertEquals(folder.resolve("jvm/jdk-25").toString(), run(launcher).chosen());
  }

  @Test
  void takesTheJavaOfThePathThroughLinks() throws Exception {
    Path jdk = jdk("deep/jdk-26", "26.0.1");
    Files.createSymbolicLink(folder.resolve("tools/java"), jdk.resolve("bin/java"));
    assertEquals(jdk.toRealPath().toString(), run(launcher).chosen());
  }

  @Test
  void looksInTheUsersFolders() throws Exception {
    Path jdk = jdk("home/.sdkman/candidates/java/25-tem", "25");
    jdk("home/.sdkman/candidates/java/17-tem", "17.0.1");
    assertEquals(jdk.toString(), run(launcher).chosen());
  }

  @Test
  void asksAJavaWithoutReleaseFileForItsVersion() throws Exception {
    Path home = folder.resolve("jvm/odd");
    executable(home.resolve("bin/java"),
        "#!/bin/sh\n[ \"$1\" = -version ] && echo 'openjdk version \"25.0.2\" 2026-01-20' >&2 && exit 0\necho started\n");
    assertEquals(List.of("started"), run(launcher).out());
  }

  @Test
  void namesWhatItFoundWhenNothingWillDo() throws Exception {
    jdk("jvm/jdk-17", "17.0.15");
    jdk("jvm/jdk-8", "1.8.0_402");
    Outcome outcome = run(launcher, "serve");
    assertEquals(1, outcome.exitCode());
    assertTrue(outcome.err().contains("Java 17 in " + folder.resolve("jvm/jdk-17")), outcome.err());
    assertTrue(outcome.err().contains("Java 8 in "), outcome.err());
    assertTrue(outcome.err().contains("TRINE_JAVA_HOME="), outcome.err());
    assertEquals(List.of(), outcome.out());
  }

  @Test
  void passesArgumentsAndExitCodeThrough() throws Exception {
    jdk("jvm/jdk-25", "25");
    Outcome outcome = run(launcher, "run", "two words", "", "$HOME *");
    assertEquals(7, outcome.exitCode());
    List<String> end = outcome.out().subList(outcome.out().size() - 5, outcome.out().size());
    assertEquals(List.of("dev.trine.app.cli.Trine", "run", "two words", "", "$HOME *"), end);
    assertTrue(outcome.out().contains("-Dtrine.distribution=" + folder.resolve("trine").toRealPath()));
    assertEquals("", outcome.err());
  }

  @Test
  void worksThroughLinks() throws Exception {
    jdk("jvm/jdk-25", "25");
    Path link = Files.createSymbolicLink(folder.resolve("link"), Path.of("trine/bin/trine"));
    Path second = Files.createSymbolicLink(temporary.resolve("t"), link);
    assertTrue(run(second).out().contains("-Dtrine.distribution=" + folder.resolve("trine").toRealPath()));
  }

  @Test
  void usesTheOptimisingCompilerForWhatComputes() throws Exception {
    jdk("jvm/jdk-25", "25");
    for (String command : List.of("serve", "chat", "run", "doctor")) {
      List<String> flags = run(launcher, command).out();
      assertFalse(flags.contains("-XX:TieredStopAtLevel=1"), command);
      assertTrue(flags.contains("--add-modules"), command);
    }
    assertTrue(run(launcher, "--help").out().contains("-XX:TieredStopAtLevel=1"));
    assertTrue(run(launcher, "serve", "--help").out().contains("-XX:TieredStopAtLevel=1"));
  }

  @Test
  void passesFurtherJvmOptionsOn() throws Exception {
    jdk("jvm/jdk-25", "25");
    environment.put("TRINE_JAVA_OPTS", "-Xmx1g -Da=b");
    assertTrue(run(launcher, "list").out().containsAll(List.of("-Xmx1g", "-Da=b")));
  }

  @Test
  void takesTheSerialCollectorUnlessTheUserNamesOne() throws Exception {
    jdk("jvm/jdk-25", "25");
    for (String command : List.of("serve", "list", "--help")) {
      environment.put("TRINE_JAVA_OPTS", "-Xmx1g");
      assertTrue(run(launcher, command).out().contains("-XX:+UseSerialGC"), command);
      environment.put("TRINE_JAVA_OPTS", "-Da=b\t-XX:+UseZGC");
      List<String> flags = run(launcher, command).out();
      assertFalse(flags.contains("-XX:+UseSerialGC"), "the JVM refuses two collectors");
      assertTrue(flags.contains("-XX:+UseZGC"));
    }
    environment.remove("TRINE_JAVA_OPTS");
    environment.put("JAVA_TOOL_OPTIONS", "-XX:+UseParallelGC");
    assertFalse(run(launcher, "serve").out().contains("-XX:+UseSerialGC"));
    environment.remove("JAVA_TOOL_OPTIONS");
    for (String file : List.of("@options", "-XX:VMOptionsFile=options", "-XX:+AggressiveHeap")) {
      environment.put("TRINE_JAVA_OPTS", file);
      flags(file, false);
    }
    environment.remove("TRINE_JAVA_OPTS");
    flags("nothing", true);
  }

  private void flags(String said, boolean ours) throws Exception {
    List<String> flags = run(launcher, "serve").out();
    assertEquals(ours, flags.contains("-XX:+UseSerialGC"), said);
    assertEquals(ours, flags.contains("-Xms64m"), said);
  }

  @Test
  void beginsWithASmallHeapUnlessTheUserSaysHowLargeItIs() throws Exception {
    jdk("jvm/jdk-25", "25");
    assertTrue(run(launcher, "serve").out().contains("-Xms64m"));
    for (String option : List.of("-Xmx32m", "-Xms1g", "-Xmn200m", "-XX:NewSize=128m", "-XX:MaxHeapSize=32m",
        "-XX:MaxRAMPercentage=50")) {
      environment.put("TRINE_JAVA_OPTS", option);
      assertFalse(run(launcher, "serve").out().contains("-Xms64m"), option);
    }
  }

  @Test
  void saysThatAnInstallationIsIncomplete() throws Exception {
    jdk("jvm/jdk-25", "25");
    Files.delete(folder.resolve("trine/lib/trine-app-0.1.0.jar"));
    Outcome outcome = run(launcher);
    assertEquals(1, outcome.exitCode());
    assertTrue(outcome.err().contains("not complete"), outcome.err());
  }

  /** Turns the installation into a checkout whose Maven makes what the real one would, and notes each call. */
  private void makeCheckout() throws IOException {
    Files.writeString(folder.resolve("trine/pom.xml"), "<project/>");
    Path source = folder.resolve("trine/app/src/main/java/A.java");
    Files.createDirectories(source.getParent());
    Files.writeString(source, "class A {}");
    executable(folder.resolve("tools/mvn"), """
        #!/bin/sh
        echo "$PWD $JAVA25_HOME $*" >>"$HOME/builds"
        cat >/dev/null
        sleep 1
        mkdir -p app/target/dist/lib
        touch app/target/dist/lib/trine-app-0.1.0.jar app/target/dist/.complete
        echo words of maven
        """);
    Files.createDirectories(folder.resolve("home"));
    jdk("jvm/jdk-25", "25");
  }

  private int builds() throws IOException {
    Path notes = folder.resolve("home/builds");
    return Files.exists(notes) ? Files.readAllLines(notes).size() : 0;
  }

  @Test
  void buildsACheckoutOnceAndAgainWhenASourceIsNewer() throws Exception {
    makeCheckout();
    Outcome first = run(launcher, "list");
    assertEquals(7, first.exitCode());
    assertEquals(folder.resolve("jvm/jdk-25").toString(), first.chosen(),
        "Maven's words must not be among the results");
    assertTrue(first.err().contains("building Trine"), first.err());
    assertEquals("trine: building", first.err().substring(0, 15), "no dots where there is no terminal");
    assertFalse(first.err().lines().anyMatch(line -> line.startsWith(".")), first.err());
    assertTrue(Files.readString(folder.resolve("home/builds")).contains(" -Dstyle.color=never "));
    assertEquals("", run(launcher, "list").err());
    assertEquals(1, builds());
    Path source = folder.resolve("trine/app/src/main/java/A.java");
    Files.setLastModifiedTime(source, FileTime.from(Instant.now().plusSeconds(3)));
    run(launcher, "list");
    assertEquals(2, builds());
    assertTrue(Files.readString(folder.resolve("home/builds"))
        .startsWith(folder.resolve("trine").toRealPath() + " " + folder.resolve("jvm/jdk-25")));
  }

  @Test
  void buildsOnceWhenTwoStartAtATime() throws Exception {
    makeCheckout();
    Process one = start(launcher, "list");
    Process two = start(launcher, "list");
    assertTrue(one.waitFor(30, TimeUnit.SECONDS) && two.waitFor(30, TimeUnit.SECONDS));
    assertEquals(7, outcome(one).exitCode());
    assertEquals(7, outcome(two).exitCode());
    assertEquals(1, builds());
    assertFalse(Files.exists(folder.resolve("trine/target/build.lock")));
  }

  @Test
  void takesOverALockWhoseOwnerIsGone() throws Exception {
    makeCheckout();
    Path lock = Files.createDirectories(folder.resolve("trine/target/build.lock"));
    Files.writeString(lock.resolve("pid"), "999999999\n");
    assertEquals(7, run(launcher, "list").exitCode());
    assertEquals(1, builds());
  }

  @Test
  void saysThatTheBuildFailed() throws Exception {
    makeCheckout();
    executable(folder.resolve("tools/mvn"), "#!/bin/sh\necho broken\nexit 1\n");
    Outcome outcome = run(launcher, "list");
    assertEquals(1, outcome.exitCode());
    assertTrue(outcome.err().contains("broken") && outcome.err().contains("the build failed"), outcome.err());
    assertEquals(List.of(), outcome.out());
    assertFalse(Files.exists(folder.resolve("trine/target/build.lock")));
  }

  @Test
  void saysThatMavenIsMissing() throws Exception {
    makeCheckout();
    Files.delete(folder.resolve("tools/mvn"));
    Outcome outcome = run(launcher, "list");
    assertEquals(1, outcome.exitCode());
    assertTrue(outcome.err().contains("there is no mvn"), outcome.err());
  }
}
