/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
@NullMarked
package dev.trine.app.bench.scratch;

import org.jspecify.annotations.NullMarked;
