/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.format;

import dev.trine.api.PlatformException;
import dev.trine.api.StandardErrorCode;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** Finds out what kind of model a folder or file is, and opens it. */
public final class Checkpoints {

  private static final byte[] GGUF_MAGIC = {'G', 'G', 'U', 'F'};

  private Checkpoints() {}

  /** Whether a folder or file looks like a model; looks at names and first bytes only. */
  public static boolean recognises(Path path) {
    return isHuggingFace(path) || isGguf(path) || Llama2cCheckpoint.recognises(path);
  }

  /**
   * Opens a model.
   *
   * @param arena what the files are mapped in; lives as long as the checkpoint and its weights
   * @throws PlatformException {@code MODEL_NOT_FOUND}, {@code MODEL_INVALID} or {@code MODEL_UNSUPPORTED}, naming file and field
   */
  public static Checkpoint open(Path path, Arena arena) {
    if (!Files.exists(path)) {
      throw new PlatformException(StandardErrorCode.MODEL_NOT_FOUND, path + " does not exist");
    }
    if (isHuggingFace(path)) {
      return HuggingFaceCheckpoint.open(path, arena);
    }
    if (isGguf(path) || path.toString().endsWith(".gguf")) {
      return GgufCheckpoint.open(path, arena);
    }
    if (Llama2cCheckpoint.recognises(path)) {
      return Llama2cCheckpoint.open(path, arena);
    }
    throw new PlatformException(StandardErrorCode.MODEL_UNSUPPORTED,
        path + " is no model that can be read: expected a folder with config.json and *.safetensors, a .gguf file, or a "
            + "llama2.c checkpoint beside its vocabulary");
  }

  private static boolean isHuggingFace(Path path) {
    return Files.isDirectory(path) && Files.isRegularFile(path.resolve("config.json"));
  }

  private static boolean isGguf(Path path) {
    if (!Files.isRegularFile(path)) {
      return false;
    }
    try (InputStream in = Files.newInputStream(path)) {
      return Arrays.equals(in.readNBytes(GGUF_MAGIC.length), GGUF_MAGIC);
    } catch (IOException _) {
      return false;
    }
  }
}
