/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
/** Keys and values of the tokens that have been evaluated. */
@NullMarked
package dev.trine.llm.bitnet.kvcache;

import org.jspecify.annotations.NullMarked;
