/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.kvcache;

/** How keys and values are stored. */
public enum KeyValueType {
  /** IEEE single precision. */
  F32
}
