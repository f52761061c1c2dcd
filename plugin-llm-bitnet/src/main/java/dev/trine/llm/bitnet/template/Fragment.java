/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.template;

/**
 * A piece of a rendered prompt.
 *
 * @param text    not empty
 * @param trusted whether the template wrote it, so that control tokens in it mean what they say; text from the conversation,
 *                the tools or other arguments is not trusted, and what looks like a control token there is text
 */
public record Fragment(String text, boolean trusted) {}
