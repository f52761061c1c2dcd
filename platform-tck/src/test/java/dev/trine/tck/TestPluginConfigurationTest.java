/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.tck;

import dev.trine.api.Health;
import dev.trine.api.PlatformException;
import dev.trine.api.StandardErrorCode;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class TestPluginConfigurationTest {

  private final TestPluginConfiguration configuration = new TestPluginConfiguration(
      Map.of("count", "7", "on", "true", "status", "degraded", "text", "yes"));

  @Test
  void readsWhatIsSetAndFallsBackToTheDefault() {
    assertEquals(7, configuration.integer("count", 1, 0, 7));
    assertEquals(1, configuration.integer("other", 1, 0, 7));
    assertTrue(configuration.flag("on", false));
    assertEquals(Health.Status.DEGRADED, configuration.choice("status", Health.Status.UP));
    assertEquals(Optional.of("yes"), configuration.string("text"));
    assertEquals(Optional.empty(), configuration.string("nothing"));
  }

  @Test
  void refusesOtherFormsByKeyAndValue() {
    assertRefused("text", "yes", () -> configuration.integer("text", 1, 0, 7));
    assertRefused("count", "7", () -> configuration.integer("count", 1, 0, 6));
    assertRefused("text", "yes", () -> configuration.flag("text", false));
    assertRefused("text", "yes", () -> configuration.choice("text", Health.Status.UP));
  }

  @Test
  void remembersWhatWasRead() {
    configuration.string("text");
    configuration.flag("on", false);
    assertEquals(Set.of("text", "on"), configuration.keysRead());
    assertEquals(Set.of("on"), configuration.typedKeysRead());
  }

  private static void assertRefused(String key, String value, Executable call) {
    var e = assertThrows(PlatformException.class, call);
    assertEquals(StandardErrorCode.INVALID_CONFIGURATION, e.code());
    assertEquals(Optional.of(key), e.parameter());
    assertTrue(String.valueOf(e.getMessage()).contains("'" + value + "'"), e.getMessage());
  }
}
