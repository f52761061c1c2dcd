/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.format;

import dev.trine.api.PlatformException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

class HuggingFaceConfigTest {

  private static final String SHAPE = "\"hidden_size\": 64, \"intermediate_size\": 96, \"num_hidden_layers\": 2, "
      + "\"num_attention_heads\": 4, \"vocab_size\": 50";

  @TempDir
  Path folder;

  private HuggingFaceConfig read(String architecture, String more) throws IOException {
    Files.writeString(folder.resolve("config.json"),
        "{\"architectures\": [\"" + architecture + "\"], " + SHAPE + more + "}");
    return HuggingFaceConfig.read(folder);
  }

  @Test
  void fillsInWhatTransformersWould() throws IOException {
    var config = read("LlamaForCausalLM", "");
    assertEquals(4, config.model().kvHeadCount());
    assertEquals(16, config.model().headDim());
    assertEquals(2048, config.model().contextLength());
    assertFalse(config.tiedHead());
    assertEquals(TernaryRule.NONE, config.ternaryRule());
    assertEquals(Math.pow(10000, -2.0 / 16), config.model().rope().frequencies().get(1), 1e-12);
    assertTrue(read("BitNetForCausalLM", ", \"hidden_act\": \"relu2\"").tiedHead());
  }

  @Test
  void readsWhatIsSaid() throws IOException {
    var model = read("Qwen3ForCausalLM", ", \"head_dim\": 32, \"num_key_value_heads\": 2, "
        + "\"max_position_embeddings\": 4096, \"rope_theta\": 1000000.0, \"tie_word_embeddings\": true");
    assertEquals(32, model.model().headDim());
    assertEquals(2, model.model().kvHeadCount());
    assertEquals(4096, model.model().contextLength());
    assertTrue(model.tiedHead());
    assertEquals(Math.pow(1e6, -2.0 / 32), model.model().rope().frequencies().get(1), 1e-12);
  }

  @Test
  void readsRopeOfNewerConfigs() throws IOException {
    var model = read("LlamaForCausalLM",
        ", \"rope_parameters\": {\"rope_theta\": 500000.0, \"rope_type\": \"linear\", \"factor\": 2.0}").model();
    assertEquals(Math.pow(5e5, -2.0 / 16) / 2, model.rope().frequencies().get(1), 1e-12);
  }

  @Test
  void gathersEndTokensAndSamplingOfBothFiles() throws IOException {
    Files.writeString(folder.resolve("generation_config.json"),
        "{\"eos_token_id\": [7, 9], \"temperature\": 0.5, \"top_k\": 3, \"top_p\": 0.7, \"repetition_penalty\": 1.2}");
    var config = read("LlamaForCausalLM", ", \"eos_token_id\": 2");
    assertEquals(Set.of(2, 7, 9), config.endTokens());
    assertEquals(0.5, config.sampling().temperature());
    assertEquals(3, config.sampling().topK());
    assertEquals(0.7, config.sampling().topP());
    assertEquals(1.2, config.sampling().repetitionPenalty());
  }

  @Test
  void doesNotReadAFileWithoutEnd() throws IOException {
    Path endless = Path.of("/dev/zero");
    assumeTrue(Files.exists(endless), "needs /dev/zero");
    Files.createSymbolicLink(folder.resolve("generation_config.json"), endless);
    assertEquals(Set.of(), read("LlamaForCausalLM", "").endTokens());
    Path link = Files.createSymbolicLink(folder.resolve("endless.json"), endless);
    assertThrows(PlatformException.class, () -> JsonObjectReader.read(link));
  }

  @ParameterizedTest
  @CsvSource(delimiter = ';', value = {
      "{\"quant_method\": \"bitnet\"}; DIVIDE_BY_SCALE",
      "{\"quant_method\": \"bitnet\", \"linear_class\": \"bitlinear\"}; DIVIDE_BY_SCALE",
      "{\"quant_method\": \"bitnet\", \"linear_class\": \"autobitlinear\", \"quantization_mode\": \"offline\"}; MULTIPLY_BY_SCALE",
      "{\"quant_method\": \"bitnet\", \"linear_class\": \"autobitlinear\", \"quantization_mode\": \"online\"}; TERNARISE"})
  void tellsHowTernaryLayersAreStored(String quantization, TernaryRule expected) throws IOException {
    assertEquals(expected,
        read("LlamaForCausalLM", ", \"quantization_config\": " + quantization).ternaryRule());
  }

  @ParameterizedTest
  @CsvSource(delimiter = ';', value = {", \"quantization_config\": {\"quant_method\": \"gptq\"}; quant_method",
      ", \"hidden_act\": \"gelu\"; hidden_act", ", \"num_key_value_heads\": 3; key and value heads",
      ", \"head_dim\": 15; odd width", ", \"rope_scaling\": {\"rope_type\": \"magic\"}; magic",
      ", \"rms_norm_eps\": \"x\"; rms_norm_eps", ", \"head_dim\": 1e9; head_dim",
      ", \"quantization_config\": {\"quant_method\": \"bitnet\", \"modules_to_not_convert\": \"x\"}; modules_to_not_convert"})
  void refusesWhatItCannotRunByNameOfTheField(String more, String field) {
    var refused = assertThrows(PlatformException.class, () -> read("LlamaForCausalLM", more));
    String message = String.valueOf(refused.getMessage());
    assertTrue(message.contains("config.json") && message.contains(field), message);
  }
}
