/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.schedule;

/**
 * What the engine is doing, for people.
 *
 * @param slots          how many requests run at one time
 * @param running        how many do
 * @param waiting        how many wait
 * @param pages          most pages of the KV cache
 * @param usedPages      those in use, {@code cachedPages} included
 * @param cachedPages    those that hold texts for later requests
 * @param pageBytes      size of a page
 * @param draftTokens    tokens that were evaluated ahead since the model was loaded
 * @param acceptedDrafts those of them that were right
 */
public record EngineStatus(int slots, int running, int waiting, int pages, int usedPages, int cachedPages,
    long pageBytes, long draftTokens, long acceptedDrafts) {}
