/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.http.openai;

import dev.trine.api.PlatformException;
import dev.trine.api.StandardErrorCode;
import dev.trine.app.http.ServerOptions;
import dev.trine.app.http.error.HttpErrorCode;
import dev.trine.app.http.json.JsonFields;
import dev.trine.app.model.ModelNameRules;
import dev.trine.app.model.ModelRegistry;
import jakarta.inject.Singleton;

/** Finds the model that a request body names. */
@Singleton
final class ModelResolver {

  private final ModelRegistry models;
  private final ModelNameRules rules;

  ModelResolver(ModelRegistry models, ServerOptions options) {
    this.models = models;
    this.rules = options.strictModel() ? ModelNameRules.strict() : ModelNameRules.standard();
  }

  /** @throws PlatformException a 400 {@code model_not_found}, a 503 while there is no model */
  ModelRegistry.Resolved resolve(JsonFields body) {
    String requested = body.text("model");
    try {
      return models.resolve(requested, rules);
    } catch (PlatformException e) {
      if (e.code() == StandardErrorCode.MODEL_NOT_FOUND) {
        // In a request body a wrong model is a wrong value, not a missing page.
        throw PlatformException.ofParameter(HttpErrorCode.MODEL_NOT_FOUND, "model", String.valueOf(e.getMessage()));
      }
      throw e;
    }
  }
}
