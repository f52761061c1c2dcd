/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.api;

/** Marks an interface through which a plugin does something for the host, such as {@code llm.TextGeneration}. */
public interface Capability {}
