/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.template;

import dev.trine.api.PlatformException;
import dev.trine.api.StandardErrorCode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** What a hostile template costs: an error that says so, and nothing else. */
class ChatTemplateLimitsTest {

  /** Half of what threads have by default. */
  private static final long STACK_SIZE = 512 << 10;

  @ParameterizedTest
  @ValueSource(strings = {"{{ 'a' * 1000000000 }}", "{{ [1] * 1000000000 }}", "{{ 2 ** 1000000000 }}",
      "{{ 10 ** (10 ** 10) }}", "{{ (10 ** 4000) ** 4000 }}", "{{ range(1000000000) }}", "{{ 10 ** 5000 }}",
      "{{ '%*d' % (1000000000, 1) }}", "{{ '%1000000000s' % 1 }}", "{{ '%.1000000000d' % 1 }}",
      "{{ '%.1000000000f' % 1.5 }}", "{{ '{:>1000000000}'.format(1) }}", "{{ '{:01000000000d}'.format(1) }}",
      "{{ '{:.1000000000f}'.format(1.5) }}", "{{ 'a'.center(1000000000) }}", "{{ 'a' | center(1000000000) }}",
      "{{ 'a'.zfill(1000000000) }}", "{{ 'a\tb'.expandtabs(1000000000) }}", "{{ 'a\nb' | indent(1000000000) }}",
      "{{ [1] | tojson(indent=1000000000) }}", "{{ [1] | batch(1000000000, 0) | list }}",
      "{{ [1] | slice(1000000000) | list }}", "{{ 1.5 | round(1000000000) }}", "{{ 1.5 | round(1000000000, 'ceil') }}",
      "{% for i in range(2000) %}{% for j in range(2000) %}{% endfor %}{% endfor %}",
      "{% set ns = namespace(t='ab') %}{% for i in range(100) %}{% set ns.t = ns.t + ns.t %}{% endfor %}",
      "{% set ns = namespace(t='ab') %}{% for i in range(100) %}{% set ns.t = ns.t | replace('', 'abc') %}{% endfor %}",
      "{% set ns = namespace(t=[1]) %}{% for i in range(100) %}{% set ns.t = ns.t + ns.t %}{% endfor %}",
      "{% set ns = namespace(t=[1]) %}{% for i in range(60) %}{% set ns.t = [ns.t, ns.t] %}{% endfor %}{{ ns.t }}",
      "{% set ns = namespace(t=[1]) %}{% for i in range(60) %}{% set ns.t = [ns.t, ns.t] %}{% endfor %}{{ ns.t | tojson }}",
      "{% set ns = namespace(t=[1], u=[1]) %}{% for i in range(60) %}{% set ns.t = [ns.t, ns.t] %}{% set ns.u = [ns.u, ns.u] %}{% endfor %}{{ ns.t == ns.u }}",
      "{% set ns = namespace(t=(1, 2)) %}{% for i in range(60) %}{% set ns.t = (ns.t, ns.t) %}{% endfor %}{{ {ns.t: 1} }}",
      "{% set ns = namespace(t=[1]) %}{% for i in range(9000) %}{% set ns.t = [ns.t] %}{% endfor %}{{ ns.t }}",
      "{% set ns = namespace(t=[1]) %}{% for i in range(9000) %}{% set ns.t = [ns.t] %}{% endfor %}{{ ns.t | tojson }}",
      "{% set ns = namespace(t=[1], u=[1]) %}{% for i in range(9000) %}{% set ns.t = [ns.t] %}{% set ns.u = [ns.u] %}{% endfor %}{{ ns.t == ns.u }}",
      "{% set ns = namespace(t=[1], u=[2]) %}{% for i in range(9000) %}{% set ns.t = [ns.t] %}{% set ns.u = [ns.u] %}{% endfor %}{{ ns.t < ns.u }}",
      "{% set ns = namespace(t=(1,)) %}{% for i in range(9000) %}{% set ns.t = (ns.t,) %}{% endfor %}{{ {ns.t: 1} }}",
      "{% set ns = namespace(t=(1,)) %}{% for i in range(9000) %}{% set ns.t = (ns.t,) %}{% endfor %}{{ {}[ns.t] }}",
      "{% set ns = namespace(t=[1]) %}{% for i in range(9000) %}{% set ns.t = ns.t | map('string') %}{% endfor %}{{ ns.t | list }}",
      "{% set ns = namespace(t=[1]) %}{% for i in range(9000) %}{% set ns.t = ns.t | select %}{% endfor %}{{ ns.t | list }}",
      "{% set ns = namespace() %}{% set ns.t = ns %}{{ ns }}", "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
      "{% macro m(f) %}{{ f(f) }}{% endmacro %}{{ m(m) }}",
      "{% macro m() %}{% call m() %}{{ caller() }}{% endcall %}{% endmacro %}{{ m() }}",
      "{% macro m() %}{% if true %}{% for x in [1] %}{% filter trim %}{% set y %}{{ (('' ~ (m() ~ ''))) | trim }}{% endset %}{% endfilter %}{% endfor %}{% endif %}{% endmacro %}{{ m() }}",
      "{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}",
      "{% set ns = namespace(t='a' * 4000000) %}{% for i in range(90000) %}{% set x = 'ab' in ns.t %}{% endfor %}",
      "{% set t = 'a' * 4000000 %}{% for i in range(90000) %}{% set x = t[3999999] %}{% endfor %}",
      "{% set t = 'a' * 4000000 %}{% for i in range(90000) %}{% set x = t | length %}{% endfor %}",
      "{% set t = 'a' * 4000000 %}{% for i in range(90000) %}{% set x = t | upper %}{% endfor %}",
      "{% set t = 'a' * 4000000 %}{% for i in range(90000) %}{% set x = t.split('a') %}{% endfor %}",
      "{% set t = 'a' * 4000000 %}{% for i in range(90000) %}{% set x = t | trim('a') %}{% endfor %}",
      "{% set t = 'a' * 4000000 %}{% for i in range(90000) %}{% set x = [][t] %}{{ [1, 2, 3][:] == t }}{{ t == t ~ '' }}{% endfor %}",
      "{% set l = [0] * 900000 %}{% for i in range(90000) %}{% set x = l[1:] %}{% endfor %}",
      "{% set l = [0] * 900000 %}{% for i in range(90000) %}{% set x = l | sort %}{% endfor %}",
      "{% set l = [0] * 900000 %}{% for i in range(90000) %}{% set x = 1 in l %}{% endfor %}",
      "{{ strftime_now('%c' * 4000000) }}", "{{ lipsum(5) }}"})
  void refusesToDoTooMuch(String source) throws InterruptedException {
    assertEquals(StandardErrorCode.INVALID_REQUEST, failure(source).code());
  }

  @ParameterizedTest
  @ValueSource(strings = {"(", "[", "{1:", "-", "not ", "a[", "a(", "a|f(", "a if b else ", "a ~ (", "(a,", "1 + -",
      "a or a and not a == a + a ~ a * a ** ("})
  void refusesDeepExpressions(String opening) throws InterruptedException {
    assertEquals(StandardErrorCode.MODEL_INVALID, failure("{{ " + opening.repeat(20_000) + "1").code());
  }

  @ParameterizedTest
  @ValueSource(strings = {"{% if a %}", "{% for a in b %}", "{% macro a() %}", "{% filter upper %}", "{% set a %}",
      "{% call a() %}", "{% with %}", "{% generation %}", "{% set (", "{% for a, ("})
  void refusesDeepStatements(String opening) throws InterruptedException {
    assertEquals(StandardErrorCode.MODEL_INVALID, failure(opening.repeat(20_000)).code());
  }

  @ParameterizedTest
  @ValueSource(strings = {" + 1", " ~ 1", "|string", ".a", "[0]", "()", " and 1", " or 0", " == 1", " if 1", " is odd",
      " * 1", " ** 1", "|default(1)"})
  void survivesLongChains(String link) throws InterruptedException {
    Throwable outcome = outcome("{{ 1" + link.repeat(20_000) + " }}");
    if (outcome != null) {
      assertInstanceOf(PlatformException.class, outcome);
    }
  }

  @Test
  void rendersModerateNesting() throws InterruptedException {
    String brackets = "{{ " + "(".repeat(150) + "1" + ")".repeat(150) + " }}";
    String blocks = "{% if true %}".repeat(150) + "x" + "{% endif %}".repeat(150);
    String recursion = "{% macro m(n) %}{% if n > 0 %}{% for i in [1] %}{{ '(' ~ m(n - 1) ~ ')' }}{% endfor %}{% endif %}"
        + "{% endmacro %}{{ m(100) }}";
    assertEquals(null, outcome(brackets));
    assertEquals(null, outcome(blocks));
    assertEquals(null, outcome(recursion));
  }

  @Test
  void rendersLongConversation() {
    var messages = new ArrayList<Map<String, Object>>();
    for (int i = 0; i < 2_000; i++) {
      messages.add(Map.of("role", i % 2 == 0 ? "user" : "assistant", "content", "word ".repeat(100)));
    }
    String text = ChatTemplates.chatml().render(Map.of("messages", messages));
    assertTrue(text.length() > 1_000_000);
  }

  @Test
  void refusesDeepVariables() {
    Object nested = "x";
    for (int i = 0; i < 300; i++) {
      nested = List.of(nested);
    }
    Map<String, Object> variables = Map.of("messages", nested);
    var template = ChatTemplate.compile("test", "{{ messages }}");
    var failure = assertThrows(PlatformException.class, () -> template.render(variables));
    assertEquals(StandardErrorCode.INVALID_REQUEST, failure.code());
  }

  @Test
  void refusesJavaObjects() {
    Map<String, Object> variables = Map.of("messages", List.of(new StringBuilder()));
    var template = ChatTemplate.compile("test", "{{ messages }}");
    var failure = assertThrows(PlatformException.class, () -> template.render(variables));
    assertTrue(String.valueOf(failure.getMessage()).contains("messages"), failure.getMessage());
  }

  @ParameterizedTest
  @ValueSource(strings = {"{{ messages.class }}", "{{ messages.getClass() }}", "{{ ''.getBytes() }}",
      "{{ ''.__class__.__mro__ }}", "{{ messages.toString() }}", "{{ range.__globals__ }}",
      "{{ raise_exception.body }}"})
  void reachesNoJavaObject(String source) throws InterruptedException {
    Throwable outcome = outcome(source);
    if (outcome != null) {
      assertInstanceOf(PlatformException.class, outcome);
    }
  }

  private static PlatformException failure(String source) throws InterruptedException {
    Throwable outcome = outcome(source);
    assertNotNull(outcome, "no failure");
    return assertInstanceOf(PlatformException.class, outcome);
  }

  /** Compiles and renders on a thread with a small stack; null when that goes well. */
  private static @Nullable Throwable outcome(String source) throws InterruptedException {
    var outcome = new AtomicReference<@Nullable Throwable>();
    var thread = new Thread(null, () -> ChatTemplate.compile("test", source).render(Map.of("messages", List.of())),
        "template", STACK_SIZE);
    thread.setUncaughtExceptionHandler((_, failure) -> outcome.set(failure));
    thread.start();
    thread.join();
    return outcome.get();
  }
}
