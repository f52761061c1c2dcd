/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.api;

/** Takes reports of long work. Called from any thread; never blocks for long. */
@FunctionalInterface
public interface EventSink {

  /**
   * Reports progress.
   *
   * @param task  what is being done, for people, the same text for every report of one task
   * @param done  units finished so far
   * @param total units in all, or -1 when unknown
   */
  void progress(String task, long done, long total);
}
