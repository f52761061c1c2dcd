/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
/** The one error envelope, and what status every failure has. */
@NullMarked
package dev.trine.app.http.error;

import org.jspecify.annotations.NullMarked;
