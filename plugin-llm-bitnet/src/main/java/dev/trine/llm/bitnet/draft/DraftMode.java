/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.draft;

/** Whether tokens are guessed and evaluated ahead. */
public enum DraftMode {
  /** Where measurements say that it saves time. */
  AUTO,
  /** Wherever there is a guess. */
  ON,
  /** Never. */
  OFF
}
