/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
/** Running generations: pulled on virtual threads, stopped when the client leaves or the server stops. */
@NullMarked
package dev.trine.app.http.generation;

import org.jspecify.annotations.NullMarked;
