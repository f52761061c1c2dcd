/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.bench.shape;

import java.util.Locale;

/** How the embedding and the head of a synthetic model are stored. */
public enum HeadType {
  /** 8 bits a weight, as llama.cpp's users quantise it. */
  Q8_0,
  /** 16 bits a weight, as the published GGUF of BitNet b1.58 2B-4T has it: twice the bytes to read. */
  F16;

  /** The name in options and file names. */
  public String label() {
    return name().toLowerCase(Locale.ROOT).replace("_", "");
  }
}
