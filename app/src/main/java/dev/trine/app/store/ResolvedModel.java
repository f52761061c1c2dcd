/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.store;

import java.nio.file.Path;

/**
 * What a model reference stands for.
 *
 * @param id     name for people and clients
 * @param path   the model's folder, or its single file
 * @param origin where it was found
 */
public record ResolvedModel(String id, Path path, Origin origin) {

  /** Where a model was found. */
  public enum Origin {
    /** Ships with Trine. */
    BUNDLED("bundled"),
    /** In {@code TRINE_HOME/models}. */
    STORE("store"),
    /** In the cache of the Hugging Face tools, which Trine reads and never writes. */
    HUGGING_FACE_CACHE("hf"),
    /** Named by its path. */
    PATH("path");

    private final String label;

    Origin(String label) {
      this.label = label;
    }

    /** The short name that listings show. */
    public String label() {
      return label;
    }
  }
}
