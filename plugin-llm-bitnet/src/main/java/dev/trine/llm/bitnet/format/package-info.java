/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
/** From model files to hyperparameters and weights. */
@NullMarked
package dev.trine.llm.bitnet.format;

import org.jspecify.annotations.NullMarked;
