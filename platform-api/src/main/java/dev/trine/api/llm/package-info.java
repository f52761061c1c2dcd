/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
/** Text generation: opening language models, and generating text from them as a stream of events. */
@NullMarked
package dev.trine.api.llm;

import org.jspecify.annotations.NullMarked;
