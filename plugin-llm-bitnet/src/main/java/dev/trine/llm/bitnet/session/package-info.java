/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
/** From token ids to the text that a client sees. */
@NullMarked
package dev.trine.llm.bitnet.session;

import org.jspecify.annotations.NullMarked;
