/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.kernel;

import java.lang.foreign.MemorySegment;

/**
 * Working memory of one worker for {@link TernaryKernel#multiply}.
 *
 * @param memory laid out as the kernel that made it pleases
 * @param block sums of one block of rows
 */
@SuppressWarnings("ArrayRecordComponent") // working memory, never compared
public record TileScratch(MemorySegment memory, int[] block) {}
