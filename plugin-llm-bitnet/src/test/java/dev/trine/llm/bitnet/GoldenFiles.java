/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;

/** Reference outputs among the test resources. */
public final class GoldenFiles {

  /** The golden models stand beside the tests of the readers of model files; one copy serves both. */
  private static final Path MODELS = Path.of("..", "platform-compute", "src", "test", "resources", "golden");

  private GoldenFiles() {}

  /** A file or folder below {@code golden/}. */
  public static Path path(String name) {
    Path model = MODELS.resolve(name);
    if (Files.exists(model)) {
      return model;
    }
    var url = GoldenFiles.class.getResource("/golden/" + name);
    if (url == null) {
      throw new IllegalArgumentException("no golden file " + name);
    }
    try {
      return Path.of(url.toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  public static JsonNode json(String name) {
    try {
      return new ObjectMapper().readTree(path(name).toFile());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Little-endian float32 values. */
  public static float[] floats(String name) {
    try {
      var buffer = ByteBuffer.wrap(Files.readAllBytes(path(name))).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
      var values = new float[buffer.remaining()];
      buffer.get(values);
      return values;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The whole numbers of a JSON list. */
  public static int[] ints(JsonNode list) {
    var values = new int[list.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = list.get(i).asInt();
    }
    return values;
  }
}
