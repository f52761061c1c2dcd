/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
/** Measures how fast a whole model is on this machine, through the SPI alone, beside what the memory could deliver. */
@NullMarked
package dev.trine.app.bench;

import org.jspecify.annotations.NullMarked;
