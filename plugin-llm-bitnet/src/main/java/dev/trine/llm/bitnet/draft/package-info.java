/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
/** Speculative decoding without a second model: guesses from the text itself, made only where they save time. */
@NullMarked
package dev.trine.llm.bitnet.draft;

import org.jspecify.annotations.NullMarked;
