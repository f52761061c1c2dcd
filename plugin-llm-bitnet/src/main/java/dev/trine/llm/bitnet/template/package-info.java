/**
 * Chat templates: an own implementation of the Jinja language as model publishers use it.
 *
 * <p>A template is compiled once ({@link dev.trine.llm.bitnet.template.ChatTemplate}) and rendered for every conversation. The text
 * equals what the chat-template environment of Hugging Face transformers gives: sandboxed Jinja with {@code trim_blocks},
 * {@code lstrip_blocks}, loop controls and generation blocks, and Python's rules for values. Templates come with models and
 * are as untrusted as conversations: rendering is bounded in steps, depth and memory and reaches no Java object.
 */
@NullMarked
package dev.trine.llm.bitnet.template;

import org.jspecify.annotations.NullMarked;
