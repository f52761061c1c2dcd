/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
/** The API description, assembled from the routes that are mounted, the pages that show it, and the front page. */
@NullMarked
package dev.trine.app.http.docs;

import org.jspecify.annotations.NullMarked;
