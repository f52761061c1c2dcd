/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
/** The models that are being served, and which of them a client's model name means. */
@NullMarked
package dev.trine.app.model;

import org.jspecify.annotations.NullMarked;
