/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.http.access;

import dev.trine.api.PlatformException;
import dev.trine.api.StandardErrorCode;
import dev.trine.app.http.ServerOptions;
import dev.trine.app.http.error.ErrorResponses;
import io.micronaut.http.HttpMethod;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.annotation.RequestFilter;
import io.micronaut.http.annotation.ResponseFilter;
import io.micronaut.http.annotation.ServerFilter;
import io.micronaut.http.server.annotation.PreMatching;
import io.micronaut.http.server.netty.NettyHttpRequest;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Sees every request before it is routed, and every response before it is sent. */
@ServerFilter(ServerFilter.MATCH_ALL_PATTERN)
final class GateFilter {

  private static final String REQUEST_ID = "x-request-id";
  private static final Pattern USABLE_REQUEST_ID = Pattern.compile("[\\x20-\\x7e]{1,128}");
  private static final String STARTED = "trine.started";

  private final SitePolicy sites;
  private final ApiKeys keys;
  private final int maxBodyBytes;

  GateFilter(SitePolicy sites, ApiKeys keys, ServerOptions options) {
    this.sites = sites;
    this.keys = keys;
    this.maxBodyBytes = options.maxBodyBytes();
  }

  @PreMatching
  @RequestFilter
  @Nullable
  HttpResponse<?> admit(HttpRequest<?> request) {
    request.setAttribute(STARTED, System.nanoTime());
    MutableHttpResponse<?> answer = answerAtOnce(request);
    if (answer != null) {
      // It never reaches the filters of responses.
      complete(request, answer);
    }
    return answer;
  }

  private @Nullable MutableHttpResponse<?> answerAtOnce(HttpRequest<?> request) {
    try {
      sites.check(target(request), request.getHeaders());
      if (request.getMethod() == HttpMethod.OPTIONS) {
        return preflight(request);
      }
      if (!keys.accepts(request)) {
        throw new PlatformException(StandardErrorCode.INVALID_API_KEY, "Invalid API Key");
      }
      if (request.getContentLength() > maxBodyBytes) {
        throw new PlatformException(StandardErrorCode.PAYLOAD_TOO_LARGE, "the request's body has "
            + request.getContentLength() + " bytes; this server takes " + maxBodyBytes);
      }
      return null;
    } catch (PlatformException e) {
      return ErrorResponses.of(e);
    }
  }

  /** The target as it was sent; the framework's own address leaves the host of an absolute one out. */
  private static String target(HttpRequest<?> request) {
    return request instanceof NettyHttpRequest<?> netty
        ? netty.getNativeRequest().uri()
        : request.getUri().toString();
  }

  private static MutableHttpResponse<?> preflight(HttpRequest<?> request) {
    String asked = request.getHeaders().get("Access-Control-Request-Method");
    return HttpResponse.ok()
        .header("Access-Control-Allow-Methods", "DELETE".equals(asked) ? "GET, POST, DELETE" : "GET, POST")
        .header("Access-Control-Allow-Headers", "*");
  }

  @ResponseFilter
  void complete(HttpRequest<?> request, MutableHttpResponse<?> response) {
    if (response.getHeaders().contains(REQUEST_ID)) {
      return;
    }
    String id = request.getHeaders().get(REQUEST_ID);
    response.header(REQUEST_ID, id != null && USABLE_REQUEST_ID.matcher(id).matches()
        ? id
        : "req_" + UUID.randomUUID().toString().replace("-", ""));
    request.getAttribute(STARTED, Long.class).ifPresent(started -> response.header("openai-processing-ms",
        Long.toString((System.nanoTime() - started) / 1_000_000)));
    response.header("X-Content-Type-Options", "nosniff");
    String origin = request.getHeaders().get("Origin");
    if (origin != null && response.code() != 403) {
      response.header("Access-Control-Allow-Origin", origin).header("Access-Control-Allow-Credentials", "true")
          .header("Vary", "Origin");
    } else if (origin == null && request.getMethod() == HttpMethod.OPTIONS) {
      response.header("Access-Control-Allow-Origin", "*");
    }
  }
}
