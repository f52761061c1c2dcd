/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
/** The OpenAI dialect: models, chat completions, completions. */
@NullMarked
package dev.trine.app.http.openai;

import org.jspecify.annotations.NullMarked;
