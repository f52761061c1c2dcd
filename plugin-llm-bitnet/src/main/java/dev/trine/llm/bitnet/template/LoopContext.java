/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.template;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/**
 * The variable {@code loop}. Items are taken from the sequence one at a time, and one further only when the template asks what
 * comes next, because a loop's condition may depend on what its body did.
 */
final class LoopContext implements Value {

  /** Renders the loop's body for the items of another sequence. */
  interface Recursion {
    Value render(Value iterable, int depth);
  }

  private final Budget budget;
  private final Value iterable;
  private final @Nullable Recursion recursion;
  private final int depth;
  private Iterator<Value> items;
  private int index0 = -1;
  private @Nullable Value before;
  private @Nullable Value current;
  private @Nullable Value after;
  private int length = -1;
  private @Nullable Value lastChecked;

  /**
   * A loop about to begin.
   *
   * @param iterable  what is walked
   * @param recursion null unless the loop is recursive
   * @param depth     nesting of a recursive loop, from 0
   */
  LoopContext(Budget budget, Value iterable, @Nullable Recursion recursion, int depth) {
    this.budget = budget;
    this.iterable = iterable;
    this.items = Values.iterate(budget, iterable);
    this.recursion = recursion;
    this.depth = depth;
  }

  /** The next item, or null at the end. */
  @Nullable
  Value advance() {
    Value next = peek();
    after = null;
    if (next != null) {
      index0++;
      before = current;
      current = next;
    }
    return next;
  }

  private @Nullable Value peek() {
    if (after == null && items.hasNext()) {
      after = items.next();
    }
    return after;
  }

  int position() {
    return index0 + 1;
  }

  int length() {
    if (length < 0) {
      if (Values.hasLength(iterable)) {
        length = Values.length(budget, iterable);
      } else {
        var rest = new ArrayList<Value>();
        while (items.hasNext()) {
          rest.add(items.next());
          budget.grow(rest.size());
        }
        items = rest.iterator();
        length = rest.size() + position() + (after == null ? 0 : 1);
      }
    }
    return length;
  }

  /** Walks on with this loop's own items, as a template that loops over {@code loop} does. */
  Iterator<Value> remaining() {
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return peek() != null;
      }

      @Override
      public Value next() {
        Value next = advance();
        if (next == null) {
          throw new NoSuchElementException();
        }
        return Value.tuple(List.of(next, LoopContext.this));
      }
    };
  }

  /** The attribute of this name, or null when there is none. */
  @Nullable
  Value attribute(String name) {
    return switch (name) {
      case "index" -> Value.of(position());
      case "index0" -> Value.of(index0);
      case "revindex" -> Value.of((long) length() - index0);
      case "revindex0" -> Value.of((long) length() - position());
      case "first" -> Value.of(index0 == 0);
      case "last" -> Value.of(peek() == null);
      case "length" -> Value.of(length());
      case "depth" -> Value.of(depth + 1L);
      case "depth0" -> Value.of(depth);
      case "previtem" -> before == null ? new Undefined("there is no previous item") : before;
      case "nextitem" -> {
        Value next = peek();
        yield next == null ? new Undefined("there is no next item") : next;
      }
      case "cycle" -> new Function("cycle", this::cycle);
      case "changed" -> new Function("changed", this::changed);
      default -> null;
    };
  }

  private Value cycle(CallArguments arguments) {
    List<Value> choices = arguments.positional();
    if (choices.isEmpty()) {
      throw new TemplateFailure("no items for cycling given");
    }
    return choices.get(Math.max(index0, 0) % choices.size());
  }

  private Value changed(CallArguments arguments) {
    Value checked = Value.tuple(arguments.positional());
    boolean changed = lastChecked == null || !Comparison.equal(budget, lastChecked, checked);
    lastChecked = checked;
    return Value.of(changed);
  }

  /** {@code loop(iterable)}. */
  Value call(CallArguments arguments) {
    if (recursion == null) {
      throw new TemplateFailure("The loop must have the 'recursive' marker to be called recursively.");
    }
    return recursion.render(arguments.bind("loop", 1, "iterable").get(0), depth + 1);
  }
}
