/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.format;

import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Path;
import java.util.Objects;

/** The tiny models in {@code golden/bitnet-mini-set}. */
final class GoldenFiles {

  static final Path BITNET_I2_S = path("bitnet-mini/bitnet-mini.i2_s.gguf");
  static final Path BITNET_TQ2_0 = path("bitnet-mini/bitnet-mini.tq2_0.gguf");
  static final Path BITNET_SAFETENSORS = path("bitnet-mini/model.safetensors");
  static final Path LLAMA158_SAFETENSORS = path("llama158-mini/model.safetensors");
  static final Path BONSAI_Q1_0 = path("bonsai-mini/bonsai-mini.q1_0.gguf");
  static final Path BONSAI_Q2_0 = path("bonsai-mini/bonsai-mini.q2_0.gguf");
  static final Path BONSAI_PQ2_0 = path("bonsai-mini/bonsai-mini.pq2_0.gguf");

  private GoldenFiles() {}

  private static Path path(String name) {
    URL resource = GoldenFiles.class.getResource("/golden/bitnet-mini-set/" + name);
    try {
      return Path.of(Objects.requireNonNull(resource, name).toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(name, e);
    }
  }
}
