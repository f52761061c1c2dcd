/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
/** Who may call the server: hosts, origins and API keys; and the headers that every response carries. */
@NullMarked
package dev.trine.app.http.access;

import org.jspecify.annotations.NullMarked;
