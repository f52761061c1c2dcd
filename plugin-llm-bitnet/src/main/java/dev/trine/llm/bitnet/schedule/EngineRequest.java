/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.schedule;

import dev.trine.llm.bitnet.draft.DraftMode;
import dev.trine.llm.bitnet.sampling.Sampler;
import dev.trine.llm.bitnet.session.TextOutput;

/**
 * What the engine is asked to do.
 *
 * @param prompt    token ids, at least one, with room for one more in the context; not to be changed
 * @param maxTokens largest number of tokens to generate, already limited to the context; 0 for the prompt alone
 * @param ignoreEnd whether end-of-generation tokens are text
 * @param sampler   fresh, for this request alone
 * @param output    fresh, for this request alone
 * @param drafts    whether tokens are evaluated ahead
 */
@SuppressWarnings("ArrayRecordComponent") // Compared by nobody.
record EngineRequest(int[] prompt, int maxTokens, boolean ignoreEnd, Sampler sampler, TextOutput output,
    DraftMode drafts) {}
