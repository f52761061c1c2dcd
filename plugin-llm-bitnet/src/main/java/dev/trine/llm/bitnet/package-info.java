/** Text generation with ternary (BitNet b1.58) and plain language models. */
@NullMarked
package dev.trine.llm.bitnet;

import org.jspecify.annotations.NullMarked;
