/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
/** Files and processes that go when they have served, or when this process is told to end. */
@NullMarked
package dev.trine.app.bench.scratch;

import org.jspecify.annotations.NullMarked;
