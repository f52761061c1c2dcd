/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.template;

import java.util.Iterator;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/** An iterator that computes an item when it is asked for it, and counts as a call while it does. */
abstract class LazyIterator implements Iterator<Value> {

  private final Budget budget;
  private @Nullable Value next;
  private boolean ended;

  LazyIterator(Budget budget) {
    this.budget = budget;
  }

  /** The next item, or null at the end. */
  protected abstract @Nullable Value compute();

  @Override
  public final boolean hasNext() {
    if (next == null && !ended) {
      budget.enterCall();
      next = compute();
      budget.leaveCall();
      ended = next == null;
    }
    return next != null;
  }

  @Override
  public final Value next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    Value item = next;
    next = null;
    if (item == null) {
      throw new NoSuchElementException();
    }
    return item;
  }
}
