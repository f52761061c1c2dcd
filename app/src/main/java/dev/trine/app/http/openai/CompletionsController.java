/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.http.openai;

import dev.trine.api.llm.LanguageModel;
import dev.trine.api.llm.Prompt;
import dev.trine.api.llm.Usage;
import dev.trine.app.http.ServerOptions;
import dev.trine.app.http.error.ErrorResponses;
import dev.trine.app.http.generation.ActiveGenerations;
import dev.trine.app.http.generation.ClientConnection;
import dev.trine.app.http.generation.EventStreams;
import dev.trine.app.http.generation.Generation;
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
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** Continues texts. */
@Controller
@Requires(condition = TextGenerationPresent.class)
@ExecuteOn(TaskExecutors.BLOCKING)
final class CompletionsController {

  private final JsonBodies bodies;
  private final JsonMapper json;
  private final ModelResolver models;
  private final ActiveGenerations generations;
  private final EventStreams streams;
  private final ServerOptions options;

  CompletionsController(JsonBodies bodies, JsonMapper json, ModelResolver models, ActiveGenerations generations,
      EventStreams streams, ServerOptions options) {
    this.bodies = bodies;
    this.json = json;
    this.models = models;
    this.generations = generations;
    this.streams = streams;
    this.options = options;
  }

  /** There is no double without {@code /v1}: that path belongs to another dialect. */
  @Post(uri = "/v1/completions", consumes = MediaType.ALL, produces = MediaType.ALL)
  HttpResponse<?> complete(ServerHttpRequest<?> request) {
    JsonFields body = bodies.readObject(request);
    var resolved = models.resolve(body);
    LanguageModel model = resolved.model().model();
    var fields = GenerationFields.read(body);
    boolean echo = body.flag("echo", false);
    List<Prompt> prompts = new CompletionPrompts(body, model).read();
    if (echo && prompts.stream().anyMatch(Prompt.Tokens.class::isInstance)) {
      throw body.unsupported("echo", "is not supported for prompts of token ids");
    }
    var client = ClientConnection.of(request);
    Function<Prompt, Generation> start = prompt -> generations.start(model,
        fields.request(prompt, options.samplingDefaults()), client);
    var identity = CompletionIdentity.of("cmpl-", resolved.name());
    Generation first = start.apply(prompts.getFirst());
    if (fields.stream()) {
      return streams.respond(
          new CompletionFrames(json, identity, fields.includeUsage(), echo, prompts, first, start), client,
          fields.pingSeconds());
    }
    return HttpResponse.ok(whole(identity, prompts, echo, first, start)).contentType(ErrorResponses.JSON);
  }

  private static TextCompletion whole(CompletionIdentity identity, List<Prompt> prompts, boolean echo,
      Generation first, Function<Prompt, Generation> start) {
    var choices = new ArrayList<TextCompletion.Choice>();
    var total = new Usage(0, 0, 0, 0, 0);
    for (Prompt prompt : prompts) {
      try (Generation generation = choices.isEmpty() ? first : start.apply(prompt)) {
        var answer = GeneratedText.of(generation);
        String echoed = echo && prompt instanceof Prompt.Text text ? text.text() : "";
        choices.add(new TextCompletion.Choice(echoed + answer.text(), choices.size(), null,
            FinishReasons.name(answer.reason())));
        total = total.plus(answer.usage());
      }
    }
    return TextCompletion.of(identity, choices, CompletionUsage.of(total), Timings.of(total));
  }
}
