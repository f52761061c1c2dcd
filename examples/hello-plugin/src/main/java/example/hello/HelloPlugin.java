// Copyright the Trine authors. SPDX-License-Identifier: Apache-2.0
package example.hello;

import dev.trine.api.*;
import dev.trine.api.http.*;
import dev.trine.api.llm.*;
import module java.base;

/** Adds a greeting at GET /v1/hello/{name}, and hello-echo, a model that says the last message again, word by word. */
public final class HelloPlugin implements Plugin, TextGeneration {
  public PluginDescriptor descriptor() {
    return PluginDescriptor.of("hello", "1.0", SpiVersion.MAJOR, SpiVersion.MINOR, "A greeting and an echo");
  }

  public Capabilities start(PluginContext context) {
    var greeting = context.configuration().string("greeting").orElse("Hello");
    RouteContribution routes = () -> List.of(new Route(HttpMethod.GET, "/v1/hello/{name}", "Greets someone", List.of(),
        List.of("text/plain"), exchange -> RouteResponse.text(greeting + ", " + exchange.pathVariable("name") + "!")));
    return Capabilities.of(routes, this);
  }

  public List<String> builtInModels() { return List.of("hello-echo"); }

  public LanguageModel openBuiltIn(String name, LoadOptions options) {
    if (!name.equals("hello-echo")) return TextGeneration.super.openBuiltIn(name, options);
    int context = options.contextLength() > 0 ? options.contextLength() : 4096;
    return new LanguageModel() {
      private volatile boolean closed;

      public GenerationStream generate(GenerationRequest request) {
        var answer = unlessClosed(text(request.prompt()));
        int promptTokens = tokenize(request.prompt()).size(), room = context - promptTokens;
        if (room <= 0) throw new PlatformException(StandardErrorCode.CONTEXT_LENGTH_EXCEEDED, "the message is too long")
            .withDetails(Map.of("n_prompt_tokens", promptTokens, "n_ctx", context));
        for (var stop : request.stop()) answer = answer.substring(0, (answer + stop).indexOf(stop));
        int limit = request.maxTokens() < 0 ? room : Math.min(room, request.maxTokens());
        return GenerationStream.of(promptTokens, words(answer).map(this::unlessClosed).iterator(), limit);
      }

      private String unlessClosed(String text) {
        if (closed) throw new PlatformException(StandardErrorCode.MODEL_UNAVAILABLE, "hello-echo is closed");
        return text;
      }

      public List<Integer> tokenize(Prompt prompt) { return words(text(prompt)).map(w -> w.hashCode() >>> 1).toList(); }
      public ModelDescription description() { return new ModelDescription("echo", "none", 0, 0, context, 0, 0, true); }
      public void close() { closed = true; }
    };
  }

  private static Stream<String> words(String text) { return Stream.of(text.split("(?<= )")); }

  private static String text(Prompt prompt) {
    if (prompt instanceof Prompt.Text text) return text.text();
    if (prompt instanceof Prompt.Chat(var messages, var _, var _, var _) && !messages.isEmpty())
      return Objects.requireNonNullElse(messages.getLast().content(), "");
    throw new PlatformException(StandardErrorCode.INVALID_VALUE, "hello-echo wants a text or a message");
  }
}
