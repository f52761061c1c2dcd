/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.api.http;

import java.nio.charset.StandardCharsets;
import java.util.Map;

/** Answer to one request. Not copied: the body's bytes belong to the response once they are passed in. */
public final class RouteResponse {

  private final int status;
  private final String contentType;
  private final Map<String, String> headers;
  private final byte[] body;

  /**
   * @param status      HTTP status, 200 to 599
   * @param contentType media type of the body
   * @param headers     further headers
   * @param body        the bytes
   * @throws IllegalArgumentException when the status is not 200 to 599
   */
  public RouteResponse(int status, String contentType, Map<String, String> headers, byte[] body) {
    if (status < 200 || status > 599) {
      throw new IllegalArgumentException("HTTP status " + status + " is not 200 to 599");
    }
    this.status = status;
    this.contentType = contentType;
    this.headers = Map.copyOf(headers);
    this.body = body;
  }

  /** A JSON text with status 200. */
  public static RouteResponse json(String json) {
    return new RouteResponse(200, "application/json", Map.of(), json.getBytes(StandardCharsets.UTF_8));
  }

  /** A plain text with status 200. */
  public static RouteResponse text(String text) {
    return new RouteResponse(200, "text/plain; charset=utf-8", Map.of(), text.getBytes(StandardCharsets.UTF_8));
  }

  /** HTTP status, 200 to 599. */
  public int status() {
    return status;
  }

  /** Media type of the body. */
  public String contentType() {
    return contentType;
  }

  /** Further headers. */
  public Map<String, String> headers() {
    return headers;
  }

  /** The bytes. */
  public byte[] body() {
    return body;
  }
}
