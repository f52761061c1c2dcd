/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
/** Health checks. */
@NullMarked
package dev.trine.app.http.health;

import org.jspecify.annotations.NullMarked;
