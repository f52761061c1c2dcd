/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.http.access;

import dev.trine.app.http.ServerOptions;
import io.micronaut.http.HttpHeaders;
import io.micronaut.http.HttpRequest;
import jakarta.inject.Singleton;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;
import java.util.Set;

/** Which requests show a valid key. Without configured keys every request does: clients send placeholders. */
@Singleton
final class ApiKeys {

  private static final String BEARER = "Bearer ";

  private static final Set<String> PUBLIC_PATHS = Set.of("/", "/healthz", "/health", "/v1/health", "/models",
      "/v1/models", "/openapi.json", "/docs", "/redoc");

  private final List<byte[]> keys;

  ApiKeys(ServerOptions options) {
    keys = options.apiKeys().stream().map(key -> key.getBytes(StandardCharsets.UTF_8)).toList();
  }

  boolean accepts(HttpRequest<?> request) {
    return keys.isEmpty() || isPublic(request.getPath()) || isKnown(presentedKey(request.getHeaders()));
  }

  /** Compares the path as it was sent: one that only becomes public by resolving dots or escapes is not public. */
  private static boolean isPublic(String path) {
    String plain = path.length() > 1 && path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
    return PUBLIC_PATHS.contains(plain) || (plain.startsWith("/docs/assets/") && plain.indexOf("..") < 0);
  }

  private static String presentedKey(HttpHeaders headers) {
    String authorization = headers.get("Authorization");
    if (authorization != null && authorization.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
      return authorization.substring(BEARER.length()).strip();
    }
    String key = headers.get("X-Api-Key");
    return key == null ? "" : key.strip();
  }

  private boolean isKnown(String presented) {
    byte[] bytes = presented.getBytes(StandardCharsets.UTF_8);
    boolean known = false;
    for (byte[] key : keys) {
      // No early exit: the time taken must not tell which key came close.
      known |= MessageDigest.isEqual(key, bytes);
    }
    return known;
  }
}
