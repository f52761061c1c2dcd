/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.api;

/**
 * The cores that a plugin may keep busy at one time.
 *
 * @param threads number of threads, at least 1
 */
public record WorkerBudget(int threads) {

  /** @throws IllegalArgumentException when {@code threads} is below 1 */
  public WorkerBudget {
    if (threads < 1) {
      throw new IllegalArgumentException("threads must be at least 1, got " + threads);
    }
  }
}
