/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
/** Writers of small model files, sound or lying, for tests of whatever reads them. */
@NullMarked
package dev.trine.tck.files;

import org.jspecify.annotations.NullMarked;
