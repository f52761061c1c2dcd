/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.tck;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.platform.engine.DiscoverySelector;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.junit.platform.testkit.engine.Event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectMethod;

/** Runs the contracts on plugins that are wrong in one way each: a contract that cannot fail would be worth nothing. */
class ContractsCanFailTest {

  private static final List<Class<?>> CONTRACTS = List.of(SmallPluginContractTest.class, SmallModelContractTest.class,
      SmallRoutesContractTest.class);

  @AfterEach
  void mend() {
    Defect.current = Defect.NONE;
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
  void noticesTheDefect(Defect defect) throws NoSuchMethodException {
    Defect.current = defect;
    var test = selectMethod(contractWith(defect.failingTest()), defect.failingTest());
    assertEquals(Set.of(defect.failingTest()), failingTests(test), () -> defect + " was not noticed");
  }

  @Test
  void findsNothingWhereNothingIsWrong() {
    for (Class<?> contract : CONTRACTS) {
      assertEquals(Set.of(), failingTests(selectClass(contract)));
    }
  }

  @Test
  void everyContractTestIsSeenToFail() {
    var seen = Arrays.stream(Defect.values()).map(Defect::failingTest).collect(Collectors.toSet());
    for (Class<?> contract : CONTRACTS) {
      for (var method : contract.getSuperclass().getDeclaredMethods()) {
        if (method.getAnnotations().length > 0 && !method.isSynthetic()) {
          assertTrue(seen.contains(method.getName()), () -> "no defect makes " + method.getName() + " fail");
        }
      }
    }
  }

  private static Class<?> contractWith(String test) throws NoSuchMethodException {
    for (Class<?> contract : CONTRACTS) {
      if (Arrays.stream(contract.getSuperclass().getDeclaredMethods()).anyMatch(m -> m.getName().equals(test))) {
        return contract;
      }
    }
    throw new NoSuchMethodException(test);
  }

  private static Set<String> failingTests(DiscoverySelector tests) {
    var events = EngineTestKit.engine("junit-jupiter").selectors(tests).execute().testEvents();
    return events.failed().stream().map(ContractsCanFailTest::methodName)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static String methodName(Event event) {
    return event.getTestDescriptor().getSource().map(MethodSource.class::cast).orElseThrow().getMethodName();
  }
}
