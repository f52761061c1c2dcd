/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.kernel.choice;

import dev.trine.api.PlatformException;
import dev.trine.compute.kernel.TernaryLayout;
import dev.trine.compute.kernel.choice.KernelChoice.Layout;
import dev.trine.compute.kernel.choice.KernelChoice.Preference;
import dev.trine.compute.kernel.vector.VectorKernels;
import dev.trine.compute.kernel.vector.VectorKernels.Decode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class KernelChoiceTest {

  /** What the forks below run: prints the choice for the preference that is its argument. */
  static final class Choose {

    private Choose() {}

    public static void main(String[] arguments) throws IOException {
      String line;
      try {
        KernelChoice choice = KernelChoice.choose(Preference.valueOf(arguments[0]));
        line = choice.kernels().name() + "|" + choice.degraded() + "|" + choice.reason();
      } catch (PlatformException e) {
        line = e.code() + "|" + e.getMessage();
      }
      try (var out = new java.io.FileOutputStream(java.io.FileDescriptor.out)) {
        out.write(line.getBytes(StandardCharsets.UTF_8));
      }
    }
  }

  private static String choose(Preference preference, String... options) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(options));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Choose.class.getName(), preference.name()));
    Process process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(process.waitFor(60, TimeUnit.SECONDS));
    return output;
  }

  @Test
  void prefersVectorsAndSaysOnWhat() {
    KernelChoice choice = KernelChoice.choose(Preference.AUTO);
    assertTrue(choice.kernels().name().startsWith("vector-"));
    assertFalse(choice.degraded());
    assertTrue(
        choice.reason().matches("Vector kernels of (128|256|512) bits with ternary decode .* on .+, the fastest.*\\."),
        choice.reason());
  }

  @Test
  void usesScalarKernelsWhenAsked() {
    KernelChoice choice = KernelChoice.choose(Preference.SCALAR);
    assertEquals("scalar", choice.kernels().name());
    assertFalse(choice.degraded(), "slow as asked is not degraded");
  }

  @Test
  void saysHowToTurnVectorsOn() throws Exception {
    String choice = choose(Preference.AUTO, "--enable-native-access=ALL-UNNAMED");
    assertTrue(choice.startsWith("scalar|true|Scalar kernels, many times slower"), choice);
    assertTrue(choice.contains("--add-modules jdk.incubator.vector"), choice);
  }

  @Test
  void refusesVectorsThatCannotWork() throws Exception {
    String choice = choose(Preference.VECTOR, "--enable-native-access=ALL-UNNAMED");
    assertTrue(choice.startsWith("INVALID_CONFIGURATION|vector kernels cannot be used, because"), choice);
  }

  @Test
  void avoidsVectorsThatWouldBeInterpreted() throws Exception {
    String interpreted = choose(Preference.AUTO, "--add-modules=jdk.incubator.vector",
        "--enable-native-access=ALL-UNNAMED", "-Xint");
    assertTrue(interpreted.contains("(-Xint)") && interpreted.startsWith("scalar|true"), interpreted);
    String firstTier = choose(Preference.AUTO, "--add-modules=jdk.incubator.vector",
        "--enable-native-access=ALL-UNNAMED", "-XX:TieredStopAtLevel=1");
    assertTrue(firstTier.contains("TieredStopAtLevel=1") && firstTier.startsWith("scalar|true"), firstTier);
  }

  @Test
  void explainsMissingNativeAccess() throws Exception {
    String choice = choose(Preference.AUTO, "--add-modules=jdk.incubator.vector", "--illegal-native-access=deny");
    assertTrue(choice.contains("--enable-native-access") && choice.startsWith("scalar|true"), choice);
  }

  /** Stands in for the timer; notes what it was asked for. */
  private static final class FakeTimer implements Function<List<Decode>, Optional<Measurement>> {
    private final List<List<Decode>> asked = new ArrayList<>();

    @Override
    public Optional<Measurement> apply(List<Decode> methods) {
      asked.add(methods);
      return Optional.of(new Measurement(methods.stream()
          .collect(
              Collectors.toMap(method -> method,
                  method -> new Measurement.Speed(method == Decode.SIGNED_LOOKUP ? 3e10 : 2e10, 12)))));
    }
  }

  @Test
  void remembersWhatItMeasured(@TempDir Path directory) throws IOException {
    KernelChoice choice = KernelChoice.choose(Preference.VECTOR);
    assertFalse(choice.recall(Layout.AUTO, Optional.of(directory)).measured());
    KernelChoice measured = choice.measure(Layout.AUTO, Optional.of(directory));
    if (!measured.measured()) {
      assertTrue(measured.reason().contains("too busy"), measured.reason());
      return;
    }
    KernelChoice recalled = choice.recall(Layout.AUTO, Optional.of(directory));
    assertTrue(recalled.measured());
    assertEquals(measured.reason(), recalled.reason());
    assertEquals(measured.kernels().ternary().layout(), recalled.kernels().ternary().layout());
    try (var files = Files.list(directory)) {
      assertEquals(1, files.count(), "nothing is left beside the file");
    }
  }

  @Test
  void measuresWithoutAFolderToRememberIn() {
    var timer = new FakeTimer();
    KernelChoice choice = KernelChoice.choose(Preference.VECTOR);
    assertTrue(choice.measure(Layout.AUTO, Optional.empty(), timer).measured());
    assertTrue(choice.measure(Layout.AUTO, Optional.empty(), timer).measured());
    assertEquals(2, timer.asked.size());
    assertFalse(choice.recall(Layout.AUTO, Optional.empty()).measured());
  }

  @Test
  void measuresOnlyWhatItDoesNotRemember(@TempDir Path directory) {
    KernelChoice choice = KernelChoice.choose(Preference.VECTOR);
    var timer = new FakeTimer();
    choice.measure(Layout.LUT4, Optional.of(directory), timer);
    KernelChoice all = choice.measure(Layout.AUTO, Optional.of(directory), timer);
    choice.measure(Layout.LUT4, Optional.of(directory), timer);
    assertEquals(all.reason(), choice.measure(Layout.AUTO, Optional.of(directory), timer).reason());
    List<Decode> methods = VectorKernels.decodes(Processor.detect().bytePermutes());
    List<List<Decode>> expected = new ArrayList<>(List.of(methods.subList(0, 1)));
    if (methods.size() > 1) {
      // Both anew, in turns: figures of different times tell nothing of each other.
      expected.add(methods);
    }
    assertEquals(expected, timer.asked);
    assertEquals(methods.getLast(), ((VectorKernels) all.kernels()).decode(), "the fastest of both");
  }

  @Test
  void givesOneReasonForTheLayoutHoweverOftenItIsChosen(@TempDir Path directory) {
    KernelChoice recalled = KernelChoice.choose(Preference.VECTOR).recall(Layout.LUT4, Optional.of(directory));
    assertTrue(recalled.reason().contains("Layout LUT4 until a model is opened"), recalled.reason());
    KernelChoice measured = recalled.measure(Layout.LUT4, Optional.of(directory), new FakeTimer());
    assertEquals(1, measured.reason().split("Layout", -1).length - 1, measured.reason());
    assertTrue(measured.reason().contains("Layout LUT4, as configured; LUT4 "), measured.reason());
    assertTrue(
        measured.reason().contains("(" + VectorKernels.TILE_TOKENS + " tokens together cost as much as 12 singly)"),
        measured.reason());
    assertEquals(measured.reason(), measured.recall(Layout.LUT4, Optional.of(directory)).reason());
    KernelChoice busy = recalled.measure(Layout.LUT4, Optional.empty(), methods -> Optional.empty());
    assertFalse(busy.measured());
    assertTrue(busy.reason().endsWith(" Layout LUT4, because the machine was too busy to measure; the next start "
        + "measures again."), busy.reason());
  }

  @Test
  void ignoresMeasurementsThatAreDamagedOrOfOtherMachines(@TempDir Path directory) throws IOException {
    MeasurementFile file = new MeasurementFile(directory, "some processor", 512);
    assertEquals(Measurement.NONE, file.load(), "nothing there");
    file.store(new Measurement(
        Map.of(Decode.LOOKUP, new Measurement.Speed(2e10, 20), Decode.SIGNED_LOOKUP, new Measurement.Speed(3e10, 25))));
    assertEquals(Decode.SIGNED_LOOKUP, file.load().best());
    assertEquals(25, file.load().speed(Decode.SIGNED_LOOKUP).tileCost());
    assertFalse(file.load().has(Decode.MULTIPLY));
    assertEquals(Measurement.NONE, new MeasurementFile(directory, "another processor", 512).load());
    assertEquals(Measurement.NONE, new MeasurementFile(directory, "some processor", 256).load());
    Path path = directory.resolve("ternary-kernels.properties");
    String text = Files.readString(path);
    for (String damaged : List.of("", "\\u12", text.replace("\nLOOKUP.tileCost=20", "\nLOOKUP.tileCost=0"),
        text.replace("\nLOOKUP.decode=2.0E10", "\nLOOKUP.decode=NaN"),
        text.replace("\nLOOKUP.decode=2.0E10", "\nLOOKUP.decode=x"))) {
      Files.writeString(path, damaged);
      assertFalse(file.load().has(Decode.LOOKUP), damaged);
      assertEquals(damaged.length() > 10, file.load().has(Decode.SIGNED_LOOKUP), damaged);
    }
    new MeasurementFile(directory.resolve("missing"), "some processor", 512)
        .store(new Measurement(Map.of(Decode.LOOKUP, new Measurement.Speed(1, 1))));
  }

  @Test
  void usesTheLayoutAskedFor(@TempDir Path directory) {
    Optional<Path> folder = Optional.of(directory);
    KernelChoice scalar = KernelChoice.choose(Preference.SCALAR);
    assertEquals(TernaryLayout.LUT4, scalar.measure(Layout.AUTO, folder).kernels().ternary().layout());
    KernelChoice trit5 = scalar.measure(Layout.TRIT5, folder);
    assertEquals(TernaryLayout.TRIT5, trit5.kernels().ternary().layout());
    assertEquals(scalar.reason() + " Layout TRIT5 as configured.", trit5.measure(Layout.TRIT5, folder).reason());
    KernelChoice vector = KernelChoice.choose(Preference.VECTOR);
    assertEquals(TernaryLayout.LUT4, vector.recall(Layout.LUT4, folder).kernels().ternary().layout());
    if (VectorKernels.decodes(Processor.detect().bytePermutes()).contains(Decode.SIGNED_LOOKUP)) {
      assertEquals(TernaryLayout.TRIT5, vector.recall(Layout.TRIT5, folder).kernels().ternary().layout());
    } else {
      assertThrows(PlatformException.class, () -> vector.recall(Layout.TRIT5, folder));
    }
  }

  @Test
  void readsProcessorsOfLinux() {
    assertEquals(new Processor("Some CPU @ 3 GHz", true),
        Processor.parse(
            List.of("processor\t: 0", "model name\t: Some CPU @ 3 GHz", "flags\t\t: fpu avx512_vbmi2 avx512vbmi sse")));
    assertFalse(Processor.parse(List.of("model name\t: Other", "flags\t\t: fpu avx512_vbmi2")).bytePermutes());
    assertFalse(Processor.parse(List.of("Features\t: fp asimd")).bytePermutes());
  }
}
