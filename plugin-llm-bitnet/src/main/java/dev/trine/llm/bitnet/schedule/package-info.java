/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * The engine: takes requests in, plans what each step evaluates for which of them, has it evaluated, chooses the next tokens and hands
 * them to the callers. When there is nothing to do it warms up.
 */
@NullMarked
package dev.trine.llm.bitnet.schedule;

import org.jspecify.annotations.NullMarked;
