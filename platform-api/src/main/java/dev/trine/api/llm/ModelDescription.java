/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.api.llm;

/**
 * Facts about a model. Counts are 0 where a model has no such notion.
 *
 * @param architecture     name of the graph, such as {@code bitnet-b1.58} or {@code llama}
 * @param format           container and weight type for people, such as {@code safetensors, packed ternary}
 * @param parameterCount   number of weights
 * @param sizeBytes        bytes of the model's files
 * @param contextLength    largest number of tokens in one context
 * @param modelDim         width of the residual stream
 * @param vocabularySize   number of token ids
 * @param hasChatTemplate  whether the model's files define how a conversation is written
 */
public record ModelDescription(String architecture, String format, long parameterCount, long sizeBytes,
    int contextLength, int modelDim, int vocabularySize, boolean hasChatTemplate) {}
