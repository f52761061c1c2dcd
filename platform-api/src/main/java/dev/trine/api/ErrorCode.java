/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.api;

/**
 * A stable name for a failure. Implemented by enums; a plugin's own codes begin with its prefix, such as {@code LLM_}. The
 * lower-case name is what clients see.
 */
public interface ErrorCode {

  /** The stable name in upper case, as {@link Enum#name()} gives it. */
  String name();

  /** What kind of failure this is. */
  ErrorType type();
}
