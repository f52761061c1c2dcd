/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.model;

import dev.trine.api.llm.LoadOptions;
import dev.trine.api.llm.TextGeneration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Models that plugins bring with them. */
public final class BuiltInModels {

  private static final Logger LOG = LoggerFactory.getLogger(BuiltInModels.class);

  private BuiltInModels() {}

  /** Opens every built-in model of every plugin. One that fails to open is reported and left out; so is a second of one name. */
  public static List<ServedModel> openAll(List<TextGeneration> plugins, LoadOptions options, InstantSource clock) {
    var models = new ArrayList<ServedModel>();
    var names = new HashSet<String>();
    for (TextGeneration plugin : plugins) {
      for (String name : namesOf(plugin)) {
        if (!names.add(name)) {
          LOG.warn("there are two built-in models named {}; the second one is left out", name);
          continue;
        }
        try {
          models.add(new ServedModel(name, Set.of(), plugin.openBuiltIn(name, options), clock.instant()));
        } catch (LinkageError | RuntimeException e) {
          LOG.warn("the built-in model {} is left out: {}", name, e.toString());
        }
      }
    }
    return models;
  }

  private static List<String> namesOf(TextGeneration plugin) {
    try {
      return List.copyOf(plugin.builtInModels());
    } catch (LinkageError | RuntimeException e) {
      LOG.warn("the built-in models of a plugin are left out: {}", e.toString());
      return List.of();
    }
  }
}
