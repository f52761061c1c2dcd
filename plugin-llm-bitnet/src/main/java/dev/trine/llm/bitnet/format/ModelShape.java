/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.format;

import dev.trine.api.PlatformException;
import dev.trine.api.StandardErrorCode;
import dev.trine.llm.bitnet.model.ModelConfig;
import java.nio.file.Path;

/** Checks that hyperparameters fit together, whatever file they came from. */
final class ModelShape {

  private ModelShape() {}

  /** Returns {@code config} when it makes sense. */
  static ModelConfig checked(Path file, ModelConfig config) {
    check(config.headCount() % config.kvHeadCount() == 0, file,
        config.headCount() + " attention heads cannot share " + config.kvHeadCount() + " key and value heads");
    check(config.headDim() > 0, file,
        "width " + config.modelDim() + " is less than one for each of " + config.headCount() + " heads");
    check(config.queryDim() <= Limits.WIDTH, file, config.headCount() + " heads of width " + config.headDim()
        + " are wider than the limit of " + Limits.WIDTH);
    int rotated = config.rope().rotatedDim();
    check(rotated <= config.headDim() && rotated > 0, file,
        "RoPE cannot rotate " + rotated + " dimensions of a head of width " + config.headDim());
    check(config.headDim() % 2 == 0, file, "a head of odd width " + config.headDim() + " has no pairs to rotate");
    return config;
  }

  private static void check(boolean holds, Path file, String message) {
    if (!holds) {
      throw new PlatformException(StandardErrorCode.MODEL_INVALID, file + ": " + message);
    }
  }
}
