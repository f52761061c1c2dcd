/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
/** The API description, assembled from the routes that are mounted, and its two readers. */
@NullMarked
package dev.trine.app.http.docs;

import org.jspecify.annotations.NullMarked;
