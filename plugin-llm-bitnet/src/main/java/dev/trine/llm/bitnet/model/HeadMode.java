/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.model;

/** How logits are computed where only the largest matter. */
public enum HeadMode {
  /** By a coarse copy of the head first, where that saves time; see {@link ScreenedHead}. */
  AUTO,
  /** All of them from the head itself. */
  EXACT
}
