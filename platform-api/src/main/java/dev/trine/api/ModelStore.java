/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.api;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Read-only view of the models on this machine. */
public interface ModelStore {

  /**
   * A model on disk.
   *
   * @param id   name under which people and clients ask for it
   * @param path the model's folder, or its single file
   */
  record Entry(String id, Path path) {}

  /** The installed models, sorted by id. */
  List<Entry> list();

  /** Finds an installed model by its id; empty when there is none. */
  Optional<Entry> find(String id);
}
