/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
/** Models of a published shape with random weights: how fast a model would be, known before it is downloaded. */
@NullMarked
package dev.trine.app.bench.shape;

import org.jspecify.annotations.NullMarked;
