/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
/** The HTTP server: what holds for every route. Each API dialect has its own package below this one. */
@NullMarked
package dev.trine.app.http;

import org.jspecify.annotations.NullMarked;
