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
import java.util.concurrent.TimeUnit;
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

  @Test
  void remembersWhatItMeasured(@TempDir Path directory) throws IOException {
    KernelChoice choice = KernelChoice.choose(Preference.VECTOR);
    assertFalse(choice.recall(Layout.AUTO, directory).measured());
    KernelChoice measured = choice.measure(Layout.AUTO, directory);
    if (!measured.measured()) {
      assertTrue(measured.reason().contains("too busy"), measured.reason());
      return;
    }
    KernelChoice recalled = choice.recall(Layout.AUTO, directory);
    assertTrue(recalled.measured());
    assertEquals(measured.reason(), recalled.reason());
    assertEquals(measured.kernels().ternary().layout(), recalled.kernels().ternary().layout());
    try (var files = Files.list(directory)) {
      assertEquals(1, files.count(), "nothing is left beside the file");
    }
    assertFalse(choice.recall(Layout.LUT4, directory).measured() && VectorKernels.decodes(true).size() > 1,
        "figures of other methods do not count");
  }

  @Test
  void ignoresMeasurementsThatAreDamagedOrOfOtherMachines(@TempDir Path directory) throws IOException {
    List<Decode> methods = List.of(Decode.LOOKUP, Decode.SIGNED_LOOKUP);
    MeasurementFile file = new MeasurementFile(directory, "some processor", 512, methods);
    assertTrue(file.load().isEmpty(), "nothing there");
    file.store(new Measurement(
        Map.of(Decode.LOOKUP, new Measurement.Speed(2e10, 20), Decode.SIGNED_LOOKUP, new Measurement.Speed(3e10, 25))));
    assertEquals(Decode.SIGNED_LOOKUP, file.load().orElseThrow().best());
    assertEquals(25, file.load().orElseThrow().speed(Decode.SIGNED_LOOKUP).tileCost());
    assertTrue(new MeasurementFile(directory, "another processor", 512, methods).load().isEmpty());
    assertTrue(new MeasurementFile(directory, "some processor", 256, methods).load().isEmpty());
    assertTrue(new MeasurementFile(directory, "some processor", 512, List.of(Decode.LOOKUP)).load().isEmpty());
    Path path = directory.resolve("ternary-kernels.properties");
    String text = Files.readString(path);
    for (String damaged : List.of("", "\\u12", text.replace("LOOKUP.tileCost=20", "LOOKUP.tileCost=0"),
        text.replace("LOOKUP.decode=2.0E10", "LOOKUP.decode=NaN"),
        text.replace("LOOKUP.decode=2.0E10", "LOOKUP.decode=x"))) {
      Files.writeString(path, damaged);
      assertTrue(file.load().isEmpty(), damaged);
    }
    new MeasurementFile(directory.resolve("missing"), "some processor", 512, methods)
        .store(new Measurement(Map.of(Decode.LOOKUP, new Measurement.Speed(1, 1))));
  }

  @Test
  void usesTheLayoutAskedFor(@TempDir Path directory) {
    KernelChoice scalar = KernelChoice.choose(Preference.SCALAR);
    assertEquals(TernaryLayout.LUT4, scalar.measure(Layout.AUTO, directory).kernels().ternary().layout());
    assertEquals(TernaryLayout.TRIT5, scalar.measure(Layout.TRIT5, directory).kernels().ternary().layout());
    KernelChoice vector = KernelChoice.choose(Preference.VECTOR);
    assertEquals(TernaryLayout.LUT4, vector.recall(Layout.LUT4, directory).kernels().ternary().layout());
    if (VectorKernels.decodes(Processor.detect().bytePermutes()).contains(Decode.SIGNED_LOOKUP)) {
      assertEquals(TernaryLayout.TRIT5, vector.recall(Layout.TRIT5, directory).kernels().ternary().layout());
    } else {
      assertThrows(PlatformException.class, () -> vector.recall(Layout.TRIT5, directory));
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
