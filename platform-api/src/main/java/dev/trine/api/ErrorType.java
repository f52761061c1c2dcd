/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.api;

/** What kind of failure an {@link ErrorCode} is; the host derives the HTTP status and the exit code from it. */
public enum ErrorType {
  /** The request or setting is wrong (400). */
  INVALID_REQUEST,
  /** The caller did not show a valid key (401). */
  UNAUTHENTICATED,
  /** The caller may not do this (403). */
  FORBIDDEN,
  /** The thing asked for does not exist (404). */
  NOT_FOUND,
  /** The request does not fit the present state (409). */
  CONFLICT,
  /** The request is larger than a limit (413). */
  TOO_LARGE,
  /** All capacity is taken; the same request may work later (429). */
  BUSY,
  /** A defect or failure on this side (500). */
  INTERNAL,
  /** A model file or other asset is damaged or has a form that cannot be read (500). */
  CORRUPT_DATA,
  /** The loaded model or this build cannot do it (501). */
  NOT_SUPPORTED,
  /** Not ready, or shutting down (503). */
  UNAVAILABLE,
  /** Took longer than a limit (504). */
  TIMEOUT
}
