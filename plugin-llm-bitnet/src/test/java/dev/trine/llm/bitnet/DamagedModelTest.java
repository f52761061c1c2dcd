/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet;

import dev.trine.api.PlatformException;
import dev.trine.api.llm.GenerationRequest;
import dev.trine.api.llm.LoadOptions;
import dev.trine.api.llm.Prompt;
import dev.trine.api.llm.SamplingOptions;
import dev.trine.compute.kernel.Kernels;
import dev.trine.compute.kernel.choice.KernelChoice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

/**
 * Damages golden models in thousands of ways and uses each to the end: it either generates, or is refused with an error that
 * names the model. Anything else, such as another exception or a crash of the JVM, fails.
 */
class DamagedModelTest {

  private static final List<String> FOLDER_FILES = List.of("config.json", "generation_config.json",
      "model.safetensors", "tokenizer.json", "tokenizer_config.json");
  private static final byte[][] NASTY = {{0, 0, 0, 0, 0, 0, 0, 0}, {-1, -1, -1, -1, -1, -1, -1, -1},
      {-1, -1, -1, -1, -1, -1, -1, 127}, {0, 0, 0, 0, 0, 0, 0, -128}, {-1, -1, -1, 127, 0, 0, 0, 0},
      {0, 0, 0, -128, 0, 0, 0, 0}, {1, 0, 0, 0, 0, 0, 0, 0}, {0, 0, 0, 0, 1, 0, 0, 0}};

  private final Kernels kernels = KernelChoice.choose(KernelChoice.Preference.AUTO).kernels();

  @TempDir
  Path temporary;

  @ParameterizedTest
  @CsvSource({"bitnet-mini.i2_s.gguf, 1000", "bitnet-mini.tq2_0.gguf, 1000"})
  void damagedGgufIsRefusedByNameOrRuns(String name, int rounds) throws IOException {
    byte[] original = Files.readAllBytes(GoldenFiles.path("bitnet-mini-set/bitnet-mini/" + name));
    var random = new Random(name.hashCode());
    Path file = temporary.resolve(name);
    for (int round = 0; round < rounds; round++) {
      Files.write(file, damaged(original, random));
      use(file, name + ", round " + round);
    }
  }

  @ParameterizedTest
  @CsvSource({"bitnet-mini, model.safetensors, 700", "bitnet-mini, config.json, 500",
      "bitnet-mini, tokenizer.json, 300",
      "bitnet-mini, tokenizer_config.json, 200", "bitnet-mini, generation_config.json, 100",
      "llama158-mini, config.json, 200"})
  void damagedFolderIsRefusedByNameOrRuns(String model, String name, int rounds) throws IOException {
    Path golden = GoldenFiles.path("bitnet-mini-set/" + model);
    Path tokenizerFolder = GoldenFiles.path("bitnet-mini-set/bitnet-mini");
    for (String file : FOLDER_FILES) {
      Path source = Files.exists(golden.resolve(file)) ? golden.resolve(file) : tokenizerFolder.resolve(file);
      Files.copy(source, temporary.resolve(file));
    }
    byte[] original = Files.readAllBytes(temporary.resolve(name));
    var random = new Random(name.hashCode());
    for (int round = 0; round < rounds; round++) {
      Files.write(temporary.resolve(name), damaged(original, random));
      use(temporary, model + "/" + name + ", round " + round);
    }
  }

  private void use(Path path, String round) {
    try (var model = LoadedModel.open(path, kernels, 1, new LoadOptions(64, 0), (done, total) -> {})) {
      var request = GenerationRequest.builder(new Prompt.Tokens(List.of(1, 2, 3))).maxTokens(2)
          .sampling(SamplingOptions.greedy()).build();
      try (var stream = model.generate(request)) {
        stream.forEachRemaining(event -> {});
      }
    } catch (PlatformException e) {
      String message = String.valueOf(e.getMessage());
      assertTrue(message.contains(path.getFileName().toString()),
          () -> round + ": the message does not name the model: " + message);
    } catch (RuntimeException e) {
      fail(round + ": " + e, e);
    }
  }

  /** One to three changes: single bits, extreme numbers, cuts, holes and repeats; mostly near the start, where headers are. */
  private static byte[] damaged(byte[] original, Random random) {
    byte[] bytes = original.clone();
    int changes = 1 + random.nextInt(3);
    for (int i = 0; i < changes; i++) {
      int reach = random.nextInt(4) == 0 ? bytes.length : Math.min(bytes.length, 12_000);
      int at = random.nextInt(Math.max(1, reach));
      switch (random.nextInt(6)) {
        case 0, 1 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
        case 2 -> bytes[at] = (byte) random.nextInt(256);
        case 3 -> {
          byte[] number = NASTY[random.nextInt(NASTY.length)];
          System.arraycopy(number, 0, bytes, at, Math.min(number.length, bytes.length - at));
        }
        case 4 -> bytes = Arrays.copyOf(bytes, at);
        default -> {
          int length = Math.min(bytes.length - at, 1 + random.nextInt(16));
          byte[] shorter = Arrays.copyOf(bytes, bytes.length - length);
          System.arraycopy(bytes, at + length, shorter, at, bytes.length - at - length);
          bytes = shorter;
        }
      }
      if (bytes.length == 0) {
        break;
      }
    }
    return bytes;
  }
}
