/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
/** HTTP routes that a plugin contributes to the server. */
@NullMarked
package dev.trine.api.http;

import org.jspecify.annotations.NullMarked;
