/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.http.openai;

import dev.trine.app.http.ServerOptions;
import dev.trine.app.http.error.ErrorResponses;
import dev.trine.app.http.generation.ActiveGenerations;
import dev.trine.app.http.generation.ClientConnection;
import dev.trine.app.http.generation.EventStreams;
import dev.trine.app.http.json.JsonBodies;
import dev.trine.app.http.json.JsonFields;
import io.micronaut.context.annotation.Requires;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.ServerHttpRequest;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Post;
import io.micronaut.json.JsonMapper;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;

/** Answers conversations. */
@Controller
@Requires(condition = TextGenerationPresent.class)
@ExecuteOn(TaskExecutors.BLOCKING)
final class ChatCompletionsController {

  private final JsonBodies bodies;
  private final JsonMapper json;
  private final ModelResolver models;
  private final ActiveGenerations generations;
  private final EventStreams streams;
  private final ServerOptions options;

  ChatCompletionsController(JsonBodies bodies, JsonMapper json, ModelResolver models, ActiveGenerations generations,
      EventStreams streams, ServerOptions options) {
    this.bodies = bodies;
    this.json = json;
    this.models = models;
    this.generations = generations;
    this.streams = streams;
    this.options = options;
  }

  @Post(uris = {"/v1/chat/completions", "/chat/completions"}, consumes = MediaType.ALL, produces = MediaType.ALL)
  HttpResponse<?> complete(ServerHttpRequest<?> request) {
    JsonFields body = bodies.readObject(request);
    var resolved = models.resolve(body);
    var fields = GenerationFields.read(body);
    var client = ClientConnection.of(request);
    var generation = generations.start(resolved.model().model(),
        fields.request(ChatPrompts.read(body), options.samplingDefaults()), client);
    var identity = CompletionIdentity.of("chatcmpl-", resolved.name());
    if (fields.stream()) {
      return streams.respond(new ChatFrames(json, generation, identity, fields.includeUsage()), client,
          fields.pingSeconds());
    }
    try (generation) {
      var answer = GeneratedText.of(generation);
      return HttpResponse.ok(ChatCompletion.whole(identity, answer.text(), FinishReasons.name(answer.reason()),
          CompletionUsage.of(answer.usage()), Timings.of(answer.usage()))).contentType(ErrorResponses.JSON);
    }
  }
}
