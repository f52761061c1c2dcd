/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
/** Reading JSON requests: whole bodies within a limit, and typed fields with errors that name them. */
@NullMarked
package dev.trine.app.http.json;

import org.jspecify.annotations.NullMarked;
