/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.api.http;

import java.io.InputStream;
import java.util.Optional;

/** One request to a contributed route; valid until the handler returns. */
public interface RouteExchange {

  /** The request's path, decoded, without the query. */
  String path();

  /**
   * A variable of the path template, percent-decoded.
   *
   * @throws IllegalArgumentException when the template has no such variable
   */
  String pathVariable(String name);

  /** First value of a query parameter. */
  Optional<String> query(String name);

  /** First value of a header; names are case-insensitive. */
  Optional<String> header(String name);

  /** The request's body; the host enforces its size limit. Read it at most once. */
  InputStream body();
}
