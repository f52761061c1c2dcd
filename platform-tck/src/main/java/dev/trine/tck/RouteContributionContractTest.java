/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.tck;

import com.fasterxml.jackson.core.JsonFactory;
import dev.trine.api.PlatformException;
import dev.trine.api.http.HttpMethod;
import dev.trine.api.http.Route;
import dev.trine.api.http.RouteContribution;
import dev.trine.api.http.RouteResponse;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

/** What every contribution of routes must do. A subclass gives the contribution and an example request for each route. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
public abstract class RouteContributionContractTest {

  private static final Pattern SEGMENT = Pattern.compile("[A-Za-z0-9._~:-]+|\\{[A-Za-z][A-Za-z0-9_]*}");
  private static final Pattern MEDIA_TYPE = Pattern.compile("[a-z0-9!#$&^_.+-]+/[a-z0-9!#$&^_.+-]+");
  private static final Pattern HEADER_NAME = Pattern.compile("[A-Za-z0-9!#$%&'*+.^_`|~-]+");
  private static final Pattern HEADER_VALUE = Pattern.compile("[\\t\\x20-\\x7e]*");
  private static final int CALLS_AT_ONCE = 8;

  /** Values that a client may put into a path variable. */
  private static final List<String> HOSTILE_VALUES = List.of("\"", "\\", "'", "<script>alert(1)</script>", "..",
      "../../etc/passwd", "a\r\nX-Injected: yes", "\0", "%", "{}", "${x}", "%s%n", " ", "日本語 🚤", "\ud800",
      "a".repeat(10_000));

  /** For subclasses. */
  protected RouteContributionContractTest() {}

  /** The contribution of a started plugin; called once for each test. */
  protected abstract RouteContribution contribution();

  /**
   * Requests that succeed, at least one for each route.
   *
   * @param routes the contribution's routes
   */
  protected abstract List<TestRouteExchange> examples(List<Route> routes);

  @Test
  void templatesArePathsOfWholeSegments() {
    for (Route route : contribution().routes()) {
      var path = route.path();
      var names = new HashSet<String>();
      for (String segment : path.substring(1).split("/", -1)) {
        assertTrue(SEGMENT.matcher(segment).matches(), () -> "segment '" + segment + "' of " + path);
        assertTrue(!segment.startsWith("{") || names.add(segment), () -> segment + " occurs twice in " + path);
      }
    }
  }

  @Test
  void noTwoRoutesAnswerTheSameRequests() {
    var seen = new HashSet<String>();
    for (Route route : contribution().routes()) {
      var shape = route.method() + " " + route.path().replaceAll("\\{[^/]*}", "{}");
      assertTrue(seen.add(shape), () -> "two routes answer " + shape);
    }
  }

  @Test
  void describesItsRoutesForTheDocumentation() {
    for (Route route : contribution().routes()) {
      assertAll(route.path(), () -> assertEquals(1, route.summary().lines().count(), "the summary is not one line"),
          () -> assertFalse(route.summary().isBlank(), "the summary is blank"),
          () -> assertFalse(route.responseMediaTypes().isEmpty(), "the route names no response media type"),
          () -> assertMediaTypes(route.responseMediaTypes()), () -> assertMediaTypes(route.requestMediaTypes()),
          () -> assertTrue(route.method() != HttpMethod.GET || route.requestMediaTypes().isEmpty(),
              "a GET route reads a body"));
    }
  }

  @Test
  void everyRouteHasAnExample() {
    var routes = contribution().routes();
    var tried = examples(routes).stream().map(TestRouteExchange::route).toList();
    for (Route route : routes) {
      assertTrue(tried.contains(route), () -> "no example for " + route.method() + " " + route.path());
    }
  }

  @Test
  void answersItsExamples() {
    for (TestRouteExchange example : examples(contribution().routes())) {
      var response = assertDoesNotThrow(() -> example.route().handler().handle(example), example::toString);
      assertTrue(response.status() < 400, () -> example + " gave " + response.status());
      assertWellFormed(example, response);
      assertTrue(example.route().responseMediaTypes().contains(mediaType(response)),
          () -> example + " gave " + response.contentType() + ", not one of " + example.route().responseMediaTypes());
    }
  }

  @Test
  void answersWhateverStandsInThePath() {
    for (TestRouteExchange example : examples(contribution().routes())) {
      var variables = TestRouteExchange.variables(example.route().path());
      for (String name : variables) {
        for (String value : HOSTILE_VALUES) {
          var hostile = new HashMap<String, String>();
          variables.forEach(other -> hostile.put(other, example.pathVariable(other)));
          hostile.put(name, value);
          assertAnswersOrRefuses(TestRouteExchange.of(example.route(), hostile));
        }
      }
    }
  }

  @Test
  void answersWhateverStandsInTheBody() {
    for (TestRouteExchange example : examples(contribution().routes())) {
      if (!example.route().requestMediaTypes().isEmpty()) {
        for (String body : List.of("", "{", "null", "[]", "{}", "\0", "{\"a\":".repeat(5_000))) {
          assertAnswersOrRefuses(example.withBody(body));
        }
      }
    }
  }

  /** Examples whose answer is the same twice must get that answer when other requests run beside them. */
  @Test
  void givesConcurrentRequestsTheirOwnAnswer() throws Exception {
    var calls = new ArrayList<FutureTask<RouteResponse>>();
    var expected = new ArrayList<RouteResponse>();
    for (TestRouteExchange example : examples(contribution().routes())) {
      var one = example.route().handler().handle(example);
      var two = example.route().handler().handle(example);
      if (Arrays.equals(one.body(), two.body())) {
        for (int i = 0; i < CALLS_AT_ONCE; i++) {
          expected.add(one);
          calls.add(new FutureTask<>(() -> example.route().handler().handle(example)));
        }
      }
    }
    calls.forEach(Thread.ofVirtual()::start);
    for (int i = 0; i < calls.size(); i++) {
      var response = calls.get(i).get();
      assertEquals(expected.get(i).status(), response.status());
      assertArrayEquals(expected.get(i).body(), response.body());
    }
  }

  private static void assertMediaTypes(List<String> types) {
    for (String type : types) {
      assertTrue(MEDIA_TYPE.matcher(type).matches(),
          () -> "'" + type + "' is no media type in lower case without parameters");
    }
  }

  private static void assertAnswersOrRefuses(TestRouteExchange exchange) {
    try {
      var response = exchange.route().handler().handle(exchange);
      assertTrue(response.status() < 500, () -> exchange + " gave " + response.status());
      assertWellFormed(exchange, response);
    } catch (PlatformException e) {
      assertFalse(String.valueOf(e.getMessage()).isBlank(), () -> exchange + " was refused without a message");
    } catch (Exception e) {
      fail(exchange + " threw something else than a PlatformException", e);
    }
  }

  private static void assertWellFormed(TestRouteExchange exchange, RouteResponse response) {
    assertTrue(HEADER_VALUE.matcher(response.contentType()).matches(), () -> exchange + " gave a broken content type");
    response.headers().forEach((name, value) -> {
      assertTrue(HEADER_NAME.matcher(name).matches(), () -> exchange + " gave a header with the name '" + name + "'");
      assertTrue(HEADER_VALUE.matcher(value).matches(),
          () -> exchange + " gave the header " + name + ": '" + value + "'");
    });
    if (mediaType(response).equals("application/json")) {
      assertJson(exchange, response.body());
    }
  }

  private static void assertJson(TestRouteExchange exchange, byte[] body) {
    try (var parser = new JsonFactory().createParser(body)) {
      assertTrue(parser.nextToken() != null, () -> exchange + " gave an empty body as JSON");
      parser.skipChildren();
      assertTrue(parser.nextToken() == null, () -> exchange + " gave more than one JSON value");
    } catch (IOException e) {
      fail(exchange + " gave a body that is not JSON", e);
    }
  }

  private static String mediaType(RouteResponse response) {
    return response.contentType().split(";", 2)[0].strip();
  }
}
