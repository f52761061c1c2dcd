/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
/** Routes that plugins contribute. */
@NullMarked
package dev.trine.app.http.contributed;

import org.jspecify.annotations.NullMarked;
