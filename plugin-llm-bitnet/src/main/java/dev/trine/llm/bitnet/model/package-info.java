/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
/** The transformer: its hyperparameters, its weights, and the forward pass. */
@NullMarked
package dev.trine.llm.bitnet.model;

import org.jspecify.annotations.NullMarked;
