/**
 * Text to token ids and back: byte-level BPE and SentencePiece BPE, built from tokenizer.json, GGUF metadata, SentencePiece models
 * and llama2.c vocabularies.
 */
@NullMarked
package dev.trine.llm.bitnet.tokenizer;

import org.jspecify.annotations.NullMarked;
