/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.kernel;

import dev.trine.compute.kernel.choice.KernelChoice;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

class KernelWarmUpTest {

  private static final long HOUR = 3_600_000_000_000L;

  @ParameterizedTest
  @EnumSource(KernelChoice.Preference.class)
  void callsKernelsOfEveryTypeAndEndsWhenItIsAskedTo(KernelChoice.Preference preference) {
    var asked = new AtomicInteger();
    new KernelWarmUp(KernelChoice.choose(preference).kernels(), EnumSet.allOf(DenseType.class), KeyValueType.Q8)
        .run(() -> asked.incrementAndGet() == 3, HOUR);
    assertEquals(3, asked.get());
  }

  @ParameterizedTest
  @EnumSource(KernelChoice.Preference.class)
  void endsByItselfAndAtTheLatestWhenItsTimeIsOver(KernelChoice.Preference preference) {
    var asked = new AtomicInteger();
    new KernelWarmUp(KernelChoice.choose(preference).kernels(), Set.of(), KeyValueType.F16).run(() -> {
      asked.incrementAndGet();
      return false;
    }, -1);
    assertEquals(1, asked.get());
    new KernelWarmUp(KernelChoice.choose(preference).kernels(), Set.of(), KeyValueType.F16).run(() -> {
      asked.incrementAndGet();
      return false;
    }, HOUR);
    assertTrue(asked.get() > 1);
  }
}
