/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.http.access;

import dev.trine.api.PlatformException;
import dev.trine.api.StandardErrorCode;
import dev.trine.app.http.Loopback;
import dev.trine.app.http.ServerOptions;
import dev.trine.app.http.error.HttpErrorCode;
import io.micronaut.http.HttpHeaders;
import jakarta.inject.Singleton;
import java.net.URI;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Keeps web pages from using the server behind the user's back. A browser sends a page's site along as Origin; pages of this
 * machine and of the configured origins may call, others may not. A page whose own DNS name was rebound to this machine
 * counts as the same site for the browser, but the Host header still carries that name: a server that listens on loopback
 * takes no names but those of loopback.
 */
@Singleton
final class SitePolicy {

  private static final Pattern ABSOLUTE_TARGET = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]*://([^/?#]*)");

  private final boolean loopbackOnly;
  private final String ownHost;
  private final Set<String> origins;

  SitePolicy(ServerOptions options) {
    loopbackOnly = Loopback.isLoopbackBind(options.host());
    ownHost = options.host().toLowerCase(Locale.ROOT);
    origins = options.corsOrigins().stream().map(SitePolicy::normalise)
        .collect(Collectors.toUnmodifiableSet());
  }

  /** An origin has no path, but people copy addresses with a slash at the end. */
  private static String normalise(String origin) {
    String lower = origin.toLowerCase(Locale.ROOT);
    return lower.endsWith("/") ? lower.substring(0, lower.length() - 1) : lower;
  }

  /**
   * @param target the request's target as it was sent; one with a scheme names a host as well
   * @throws PlatformException {@code INVALID_REQUEST}, {@code HOST_NOT_ALLOWED}, {@code ORIGIN_NOT_ALLOWED}
   */
  void check(String target, HttpHeaders headers) {
    int hosts = headers.getAll("Host").size();
    if (hosts > 1) {
      throw new PlatformException(StandardErrorCode.INVALID_REQUEST,
          "the request has " + hosts + " Host headers; expected one");
    }
    String host = headers.get("Host");
    if (host != null) {
      checkHost(host);
    }
    Matcher absolute = ABSOLUTE_TARGET.matcher(target);
    if (absolute.lookingAt()) {
      checkHost(absolute.group(1));
    }
    String origin = headers.get("Origin");
    if (origin == null && isFetchedByOtherSite(headers) && !origins.contains("*")) {
      throw new PlatformException(HttpErrorCode.ORIGIN_NOT_ALLOWED,
          "pages of other sites may not load from this server");
    }
    if (origin != null && !isAllowed(origin, host)) {
      throw new PlatformException(HttpErrorCode.ORIGIN_NOT_ALLOWED,
          "web pages of " + origin + " may not call this server; start it with --cors-origin " + origin);
    }
  }

  private void checkHost(String authority) {
    if (loopbackOnly && Loopback.nameOf(authority).filter(this::isOwnName).isEmpty()) {
      throw new PlatformException(HttpErrorCode.HOST_NOT_ALLOWED,
          "this server listens on " + ownHost + " and does not answer to the name '" + authority + "'");
    }
  }

  /** A page that embeds an image or script sends no Origin, but browsers say whose page it is. Following a link is fine. */
  private static boolean isFetchedByOtherSite(HttpHeaders headers) {
    return "cross-site".equals(headers.get("Sec-Fetch-Site")) && !"navigate".equals(headers.get("Sec-Fetch-Mode"));
  }

  private boolean isOwnName(String name) {
    return Loopback.isLoopbackName(name) || name.equalsIgnoreCase(ownHost);
  }

  private boolean isAllowed(String origin, @Nullable String host) {
    if (origins.contains("*") || origins.contains(normalise(origin))) {
      return true;
    }
    URI uri;
    try {
      uri = URI.create(origin);
    } catch (IllegalArgumentException e) {
      return false;
    }
    String authority = uri.getRawAuthority();
    return authority != null && Loopback.nameOf(authority)
        .filter(name -> Loopback.isLoopbackName(name) || authority.equalsIgnoreCase(host)).isPresent();
  }
}
