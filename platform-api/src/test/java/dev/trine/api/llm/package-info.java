/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
/** Tests of the text generation SPI. */
@NullMarked
package dev.trine.api.llm;

import org.jspecify.annotations.NullMarked;
