/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
/** Which request the engine works on. */
@NullMarked
package dev.trine.llm.bitnet.schedule;

import org.jspecify.annotations.NullMarked;
