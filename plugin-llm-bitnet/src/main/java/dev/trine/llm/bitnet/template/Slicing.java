/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.template;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;

/** Python's slices with any step. */
final class Slicing {

  private Slicing() {}

  /** {@code target[start:stop:step]}; a bound that is not given is {@code None}. */
  static Value slice(Budget budget, Value target, Value start, Value stop, Value step) {
    return switch (target) {
      case Text text -> text(budget, text, start, stop, step);
      case Value.ListValue list -> new Value.ListValue(items(budget, list.items(), start, stop, step));
      case Value.Tuple tuple -> Value.tuple(items(budget, tuple.items(), start, stop, step));
      case Value.Range range -> {
        var indices = Indices.of(range.length(), start, stop, step);
        BigInteger first = range.start().add(range.step().multiply(BigInteger.valueOf(indices.start())));
        BigInteger last = range.start().add(range.step().multiply(BigInteger.valueOf(indices.stop())));
        yield new Value.Range(first, last, range.step().multiply(BigInteger.valueOf(indices.step())), indices.count());
      }
      case Value.Undefined undefined -> throw new TemplateFailure(undefined.message());
      case DictValue _ -> throw new TemplateFailure("unhashable type: 'slice'");
      case Value.None _,Value.Bool _,Value.Int _,Value.Real _,Value.DictView _,Value.Generator _,Value.Function _,Value.Namespace _,LoopContext _ ->
        throw new TemplateFailure(
            "'" + Values.typeName(target) + "' object is not subscriptable");
    };
  }

  private static List<Value> items(Budget budget, List<Value> items, Value start, Value stop, Value step) {
    var indices = Indices.of(items.size(), start, stop, step);
    budget.items(indices.count());
    var selected = new ArrayList<Value>(indices.count());
    for (int i = 0; i < indices.count(); i++) {
      selected.add(items.get(indices.at(i)));
    }
    return selected;
  }

  private static Text text(Budget budget, Text text, Value start, Value stop, Value step) {
    budget.work(text.string().length());
    int length = text.length();
    var indices = Indices.of(length, start, stop, step);
    if (indices.count() == 0) {
      return text.part(0, 0);
    }
    if (indices.step() == 1) {
      int from = text.offset(indices.start());
      return text.part(from, text.string().offsetByCodePoints(from, indices.count()));
    }
    var out = new TextBuilder(budget);
    int codePoint = indices.at(0);
    int offset = text.offset(codePoint);
    for (int i = 0; i < indices.count(); i++) {
      offset = text.string().offsetByCodePoints(offset, indices.at(i) - codePoint);
      codePoint = indices.at(i);
      out.append(text, offset, offset + Character.charCount(text.string().codePointAt(offset)));
    }
    return out.build().asMarkup(text.markup());
  }

  /**
   * A slice of a sequence of known length.
   *
   * @param start index of the first item
   * @param stop  bound as Python computes it; -1 may mean before the first item
   * @param step  clamped to what matters for the length
   * @param count number of items
   */
  private record Indices(int start, int stop, int step, int count) {

    static Indices of(int length, Value start, Value stop, Value step) {
      long stride = step instanceof Value.None ? 1 : bound(step);
      if (stride == 0) {
        throw new TemplateFailure("slice step cannot be zero");
      }
      boolean forward = stride > 0;
      int lowest = forward ? 0 : -1;
      int highest = forward ? length : length - 1;
      int from = start instanceof Value.None ? (forward ? lowest : highest) : clamp(start, length, lowest, highest);
      int to = stop instanceof Value.None ? (forward ? highest : lowest) : clamp(stop, length, lowest, highest);
      int clampedStride = (int) Math.min(Math.max(stride, -length - 1L), length + 1L);
      int distance = forward ? to - from : from - to;
      int count = distance <= 0 ? 0 : (distance - 1) / Math.abs(clampedStride) + 1;
      return new Indices(from, to, clampedStride, count);
    }

    private static long bound(Value value) {
      if (value instanceof Value.Int || value instanceof Value.Bool) {
        return Values.clampedIndex(value);
      }
      if (value instanceof Value.Undefined undefined) {
        throw new TemplateFailure(undefined.message());
      }
      throw new TemplateFailure("slice indices must be integers or None or have an __index__ method");
    }

    private static int clamp(Value value, int length, int lowest, int highest) {
      long index = bound(value);
      if (index < 0) {
        index += length;
      }
      return (int) Math.min(Math.max(index, lowest), highest);
    }

    int at(int i) {
      return start + i * step;
    }
  }
}
