/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.http;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Names of this machine that no other machine can have. */
public final class Loopback {

  private static final Pattern V4 = Pattern.compile("127(\\.(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)){3}");
  private static final Pattern AUTHORITY = Pattern
      .compile("(?:\\[([0-9A-Fa-f:.%]+)]|([^\\[\\]:@/?#\\s]+))(?::\\d{0,5})?");

  private Loopback() {}

  /** Whether a server that listens on {@code host} can be reached from this machine alone. */
  public static boolean isLoopbackBind(String host) {
    try {
      return InetAddress.getByName(host).isLoopbackAddress();
    } catch (UnknownHostException e) {
      return false;
    }
  }

  /** Whether a name in a Host or Origin header means this machine, without asking any name server. */
  public static boolean isLoopbackName(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    return lower.equals("localhost") || lower.endsWith(".localhost") || lower.equals("::1")
        || V4.matcher(lower).matches();
  }

  /**
   * The name in {@code name}, {@code name:port}, {@code [v6]} or {@code [v6]:port}; empty for anything else, such as a name
   * behind an {@code @} or a port that is no number.
   */
  public static Optional<String> nameOf(String authority) {
    Matcher matcher = AUTHORITY.matcher(authority);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    return Optional.of(matcher.group(1) == null ? matcher.group(2) : matcher.group(1));
  }
}
