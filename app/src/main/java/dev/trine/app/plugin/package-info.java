/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
/** Finds, starts and closes plugins, from the class path and from jars, each jar in a class loader of its own. */
@NullMarked
package dev.trine.app.plugin;

import org.jspecify.annotations.NullMarked;
