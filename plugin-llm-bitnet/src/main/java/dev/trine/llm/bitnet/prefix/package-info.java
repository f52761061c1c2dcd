/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
/** Keys and values of texts that have been evaluated, for texts that begin the same way. */
@NullMarked
package dev.trine.llm.bitnet.prefix;

import org.jspecify.annotations.NullMarked;
