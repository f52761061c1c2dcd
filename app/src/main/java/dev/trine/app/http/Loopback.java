/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.http;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Locale;

/** Names of this machine that no other machine can have. */
public final class Loopback {

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
        || lower.matches("127(\\.\\d{1,3}){3}");
  }

  /** The name in {@code name}, {@code name:port}, {@code [v6]} or {@code [v6]:port}. */
  public static String withoutPort(String authority) {
    if (authority.startsWith("[")) {
      int end = authority.indexOf(']');
      return end < 0 ? authority : authority.substring(1, end);
    }
    int colon = authority.indexOf(':');
    return colon < 0 ? authority : authority.substring(0, colon);
  }
}
