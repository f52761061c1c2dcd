/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.http.openai;

import dev.trine.api.PlatformException;
import dev.trine.api.StandardErrorCode;
import dev.trine.app.http.error.ErrorResponses;
import dev.trine.app.model.ModelRegistry;
import io.micronaut.context.annotation.Requires;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.QueryValue;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Lists the served models. */
@Controller
@Requires(condition = TextGenerationPresent.class)
final class ModelsController {

  private final ModelRegistry models;

  ModelsController(ModelRegistry models) {
    this.models = models;
  }

  /** @param task {@code chat} or nothing for all models; there are none for another task yet */
  @Get(uris = {"/v1/models", "/models"}, produces = MediaType.ALL)
  HttpResponse<?> list(@QueryValue @Nullable String task) {
    boolean chat = task == null || task.isEmpty() || task.equals("chat");
    return HttpResponse.ok(ModelList.of(chat ? models.all() : List.of())).contentType(ErrorResponses.JSON);
  }

  /** @param id the model's name, which may contain slashes */
  @Get(uris = {"/v1/models/{+id}", "/models/{+id}"}, produces = MediaType.ALL)
  HttpResponse<?> one(String id) {
    return models.find(id).<HttpResponse<?>>map(
        model -> HttpResponse.ok(ModelList.Entry.of(model)).contentType(ErrorResponses.JSON))
        .orElseThrow(() -> new PlatformException(StandardErrorCode.MODEL_NOT_FOUND,
            "there is no model '" + id + "'; GET /v1/models lists what is there"));
  }
}
