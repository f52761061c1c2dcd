/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
/** Ternary weights in the layout of the kernels: packing them, and keeping what was packed in a file for the next start. */
@NullMarked
package dev.trine.llm.bitnet.packed;

import org.jspecify.annotations.NullMarked;
