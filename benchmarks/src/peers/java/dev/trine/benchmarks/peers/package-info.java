/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
/** Whole engines: side by side with others, and beside processes that take the cores. */
@NullMarked
package dev.trine.benchmarks.peers;

import org.jspecify.annotations.NullMarked;
