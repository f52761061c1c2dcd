/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.bench;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.List;

/** How much of Java's heap a token takes: what a longer answer allocates more than one of a single token, of all threads. */
final class Allocation {

  private static final int REPETITIONS = 3;
  /** Fewer say more about the JVM, which compiles while they are written, than about the model. */
  private static final int LEAST_TOKENS = 32;

  private Allocation() {}

  /** How many tokens the longer answer has that is made to write {@code tokens}. */
  static int answerTokens(int tokens) {
    return 1 + Math.max(LEAST_TOKENS, tokens);
  }

  /** Bytes for each token. */
  static long bytesPerToken(MeasuredModel model, int context, int tokens) {
    List<Integer> prompt = model.randomPrompt(context);
    long least = Long.MAX_VALUE;
    long most = Long.MAX_VALUE;
    for (int i = 0; i < REPETITIONS; i++) {
      least = Math.min(least, allocated(model, prompt, 1));
      most = Math.min(most, allocated(model, prompt, answerTokens(tokens)));
    }
    return Math.max(0, (most - least) / (answerTokens(tokens) - 1));
  }

  private static long allocated(MeasuredModel model, List<Integer> prompt, int tokens) {
    var threads = ManagementFactory.getPlatformMXBean(ThreadMXBean.class);
    long before = threads.getTotalThreadAllocatedBytes();
    model.generate(prompt, tokens);
    return threads.getTotalThreadAllocatedBytes() - before;
  }
}
