/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.kernel;

import java.lang.foreign.MemorySegment;

/**
 * Working memory of one worker for {@link TernaryKernel#multiplyTile}.
 *
 * @param memory its bytes, laid out as the kernel that made it pleases
 */
public record TileScratch(MemorySegment memory) {}
