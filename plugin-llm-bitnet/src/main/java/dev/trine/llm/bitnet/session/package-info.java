/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
/** Between a client's text and token ids: prompts become ids, and ids the text that the client sees, up to its stop texts. */
@NullMarked
package dev.trine.llm.bitnet.session;

import org.jspecify.annotations.NullMarked;
