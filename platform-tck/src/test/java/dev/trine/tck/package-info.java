/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
/** Tests of the contract tests. */
@NullMarked
package dev.trine.tck;

import org.jspecify.annotations.NullMarked;
