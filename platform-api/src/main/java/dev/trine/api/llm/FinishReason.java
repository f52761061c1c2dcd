/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.api.llm;

/** Why a generation ended. */
public enum FinishReason {
  /** The model ended its turn, or a stop text came. */
  STOP,
  /** The token limit or the end of the context was reached. */
  LENGTH,
  /** The caller cancelled it. */
  CANCELLED
}
