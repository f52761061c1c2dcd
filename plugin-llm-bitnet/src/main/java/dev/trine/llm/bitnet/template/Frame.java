/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet.template;

import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the parser learns about the variables of one scope. Jinja decides before rendering what a name means in a scope: a name
 * that the scope sets before it reads it is undefined until then, also for scopes within, even when the conversation has a
 * variable of that name.
 */
final class Frame {

  private final @Nullable Frame parent;
  private final Set<String> known = new HashSet<>();
  private final Set<String> setFirst = new HashSet<>();
  /** Names read here or in scopes within. */
  private final Set<String> used = new HashSet<>();
  /** Depth of {@code if} branches, where a later set may not happen. */
  private int conditions;
  private @Nullable List<String> unsetNames;

  Frame(@Nullable Frame parent) {
    this.parent = parent;
  }

  /** The scope around this one. */
  Frame parent() {
    return Objects.requireNonNull(parent, "the outermost scope has none");
  }

  void declare(String name) {
    known.add(name);
  }

  void read(String name) {
    known.add(name);
    used.add(name);
  }

  void write(String name) {
    if (known.add(name) && conditions == 0) {
      setFirst.add(name);
    }
  }

  void enterCondition() {
    conditions++;
  }

  void leaveCondition() {
    conditions--;
  }

  boolean inCondition() {
    return conditions > 0;
  }

  boolean uses(String name) {
    return used.contains(name);
  }

  /** Ends this scope; its parent learns what it used. */
  void close() {
    if (parent != null) {
      parent.used.addAll(used);
    }
  }

  /** Names that begin undefined. To be asked when the whole template is parsed. */
  List<String> unsetNames() {
    List<String> names = unsetNames;
    if (names == null) {
      names = setFirst.stream().filter(name -> !knownOutside(name)).sorted().toList();
      unsetNames = names;
    }
    return names;
  }

  private boolean knownOutside(String name) {
    for (Frame frame = parent; frame != null; frame = frame.parent) {
      if (frame.known.contains(name)) {
        return true;
      }
    }
    return false;
  }
}
