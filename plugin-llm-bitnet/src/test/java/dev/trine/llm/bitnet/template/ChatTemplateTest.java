/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.template;

import com.fasterxml.jackson.databind.JsonNode;
import dev.trine.api.PlatformException;
import dev.trine.api.StandardErrorCode;
import java.io.IOException;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class ChatTemplateTest {

  private static String render(String source) {
    return ChatTemplate.compile("test", source).render(Map.of());
  }

  @ParameterizedTest
  @ValueSource(strings = {"a\nb{% if %}", "a\n{{ 1 + }}", "\n{{ 'x }}", "\n{# x", "\n{% raw %}x", "x\n{% endif %}",
      "\n{{ x | nosuchfilter }}", "\n{{ x is nosuchtest }}", "\n{% include 'x' %}", "\n{{ '\\x4' }}", "\n{% break %}",
      "\n{{ f(a=1, 2) }}", "\n{% set 1 = 2 %}", "\n{{ a } }}", "\n{{ (1] }}", "\n{{ ² }}", "\n{{ a ? b }}"})
  void namesTemplateAndLineOfSyntaxErrors(String source) {
    var failure = assertThrows(PlatformException.class, () -> ChatTemplate.compile("m/chat_template.jinja", source));

    assertEquals(StandardErrorCode.MODEL_INVALID, failure.code());
    String message = String.valueOf(failure.getMessage());
    int line = source.startsWith("\n") || source.contains("\n{") || source.startsWith("a\nb") ? 2 : 1;
    assertTrue(message.startsWith("chat template m/chat_template.jinja, line " + line + ": "), message);
  }

  @ParameterizedTest
  @ValueSource(strings = {"{{ x.y }}", "{{ 1 + 'a' }}", "{{ [].append(1) }}", "{{ 1 / 0 }}", "{{ 'a'.nosuch() }}",
      "{% if true %}{{ 1 | nosuchfilter }}{% endif %}", "{{ x | tojson }}", "{% set a, b = 1, 2, 3 %}", "{{ none() }}"})
  void namesTemplateAndLineOfRenderingErrors(String source) {
    var template = ChatTemplate.compile("test", "a\n\n" + source);
    var failure = assertThrows(PlatformException.class, () -> template.render(Map.of()));

    assertEquals(StandardErrorCode.INVALID_REQUEST, failure.code());
    String message = String.valueOf(failure.getMessage());
    assertTrue(message.startsWith("chat template test, line 3: "), message);
  }

  @Test
  void tellsWhatTheTemplateSaysWhenItRefuses() {
    var template = ChatTemplate.compile("test", "{{ raise_exception('Roles must alternate: ' ~ 1) }}");
    var failure = assertThrows(PlatformException.class, () -> template.render(Map.of()));

    assertEquals(StandardErrorCode.INVALID_REQUEST, failure.code());
    assertEquals("the chat template refuses the conversation: Roles must alternate: 1", failure.getMessage());
  }

  @Test
  void unknownFilterMattersOnlyWhereItIsUsed() {
    assertEquals("x", render("{% if false %}{{ 1 | nosuch }}{% endif %}{{ (1 | nosuch) if false else 'x' }}"));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
      %Y-%m-%d | 2024-09-05
      %d %b %Y | 05 Sep 2024
      %B %-d, %A | September 5, Thursday
      %H:%M:%S.%f %p %I | 01:08:09.012000 AM 01
      %j %U %W %V %u %w %y %C | 249 35 36 36 4 4 24 20
      %c | Thu Sep  5 01:08:09 2024
      %% %q %e %k %l %^a%n%Z. | '% %q  5  1  1 THU
      .'
      """)
  void tellsTheTimeOfItsClock(String format, String expected) {
    var template = ChatTemplate.compile("test", "{{ strftime_now(f) }}")
        .withClock(InstantSource.fixed(Instant.parse("2024-09-04T23:08:09.012Z")), ZoneId.of("Europe/Berlin"));

    assertEquals(expected, template.render(Map.of("f", format)));
  }

  @Test
  void anUnchangedTemplateRendersTheSameForEveryRequest() {
    var template = ChatTemplate.compile("test",
        "{% set ns = namespace(n=0) %}{% for m in messages %}{% set ns.n = ns.n + 1 %}{% endfor %}{{ ns.n }}");
    assertEquals("2", template.render(Map.of("messages", List.of(1, 2))));
    assertEquals("2", template.render(Map.of("messages", List.of(1, 2))));
  }

  @Test
  void namesKeepTheirMeaningWithinAScope() {
    Map<String, Object> variables = Map.of("x", "given");
    String setFirst = "{% for i in [1] %}{{ x }}{% endfor %}{% set x = 1 %}{{ x }}";
    String setPerhaps = "{% for i in [1] %}{{ x }}{% endfor %}{% if true %}{% set x = 1 %}{% endif %}{{ x }}";
    assertEquals("1", ChatTemplate.compile("test", setFirst).render(variables));
    assertEquals("given1", ChatTemplate.compile("test", setPerhaps).render(variables));
  }

  @Test
  void survivesMutatedTemplates() throws IOException {
    var sources = new ArrayList<String>();
    JsonNode golden = GoldenFiles.resource("snippets.json");
    golden.get("cases").forEach(snippet -> sources.add(snippet.get("template").textValue()));
    sources.add(GoldenFiles.resource("trine-tiny.json").get("template").textValue());
    sources.add(ChatTemplates.bitnet().source());
    sources.add(ChatTemplates.chatml().source());
    var variables = GoldenFiles.variables(golden.get("context"));
    variables.put("messages", variables.get("ms"));
    String[] pieces = {"{%", "%}", "{{", "}}", "-", "+", "(", ")", "[", "]", "{", "}", "|", "'", "\"", "\\", " if ",
        " else ",
        " for x in ", "{% endif %}", "{% endfor %}", "{% for x in xs %}", "{% if a %}", "{% set a = a ~ a %}", "*",
        "**",
        "9999999999", ".", ",", ":", "~", "#", "{#", " is ", " not ", " in ", "none", "\u0000", "\n", "é", "\ud83d"};
    long seed = 20_260_101;
    var random = new Random(seed);
    int rendered = 0;
    for (int i = 0; i < 20_000; i++) {
      var source = new StringBuilder(sources.get(random.nextInt(sources.size())));
      for (int edits = 1 + random.nextInt(4); edits > 0; edits--) {
        int at = random.nextInt(source.length() + 1);
        int to = Math.min(source.length(), at + random.nextInt(6));
        source.replace(at, random.nextBoolean() ? at : to, pieces[random.nextInt(pieces.length)]);
      }
      try {
        var template = ChatTemplate.compile("mutated", source.toString());
        assertEquals(template.render(variables), GoldenFiles.joined(template.renderFragments(variables)));
        rendered++;
      } catch (PlatformException e) {
        assertTrue(e.code() == StandardErrorCode.MODEL_INVALID || e.code() == StandardErrorCode.INVALID_REQUEST);
      } catch (RuntimeException e) {
        throw new AssertionError("seed " + seed + ", number " + i + ": " + source, e);
      }
    }
    assertTrue(rendered > 1_000, "rendered " + rendered);
  }
}
