/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.kernel.choice;

import dev.trine.compute.kernel.choice.KernelChoice.Preference;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
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
      } catch (dev.trine.api.PlatformException e) {
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
  void readsProcessorsOfLinux() {
    assertEquals(new Processor("Some CPU @ 3 GHz", true),
        Processor.parse(
            List.of("processor\t: 0", "model name\t: Some CPU @ 3 GHz", "flags\t\t: fpu avx512_vbmi2 avx512vbmi sse")));
    assertFalse(Processor.parse(List.of("model name\t: Other", "flags\t\t: fpu avx512_vbmi2")).bytePermutes());
    assertFalse(Processor.parse(List.of("Features\t: fp asimd")).bytePermutes());
  }
}
