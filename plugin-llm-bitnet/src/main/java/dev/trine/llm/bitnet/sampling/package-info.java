/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
/** From logits to the next token. */
@NullMarked
package dev.trine.llm.bitnet.sampling;

import org.jspecify.annotations.NullMarked;
