/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
/** Which kernels this machine gets, and why. Apart from the kernels, so that those do not know of their choice. */
@NullMarked
package dev.trine.compute.kernel.choice;

import org.jspecify.annotations.NullMarked;
