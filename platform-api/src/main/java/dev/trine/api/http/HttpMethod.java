/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.api.http;

/** The methods that a contributed route can answer. {@code HEAD} and {@code OPTIONS} are answered by the host. */
public enum HttpMethod {
  GET, POST, PUT, PATCH, DELETE
}
