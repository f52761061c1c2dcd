/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.tck;

import dev.trine.api.Health;
import dev.trine.api.PlatformException;
import dev.trine.api.Plugin;
import dev.trine.api.PluginContext;
import dev.trine.api.SpiVersion;
import dev.trine.api.StandardErrorCode;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

/** What every plugin must do, whatever it provides. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
public abstract class PluginContractTest {

  private static final Duration QUICK = Duration.ofSeconds(1);
  private static final String NO_VALUE_OF_ANY_TYPE = "neither number nor word ☃";

  @TempDir
  private Path folder = Path.of("");

  /** For subclasses. */
  protected PluginContractTest() {}

  /** The class that the plugin's jar names in {@code META-INF/services/dev.trine.api.Plugin}. */
  protected abstract Class<? extends Plugin> pluginClass();

  /** Settings with which the plugin starts; none by default. */
  protected Map<String, String> settings() {
    return Map.of();
  }

  /** How long a closed plugin's threads may take to end; five seconds by default. */
  protected Duration patience() {
    return Duration.ofSeconds(5);
  }

  @Test
  void isConstructedByTheServiceLoader() {
    var type = pluginClass();
    assertTrue(Modifier.isPublic(type.getModifiers()), () -> type + " is not public");
    assertFalse(Modifier.isAbstract(type.getModifiers()), () -> type + " is abstract");
    assertDoesNotThrow(() -> type.getConstructor(), () -> type + " has no public constructor without arguments");
  }

  @Test
  void describesItselfBeforeItStarts() {
    var plugin = newPlugin();
    var descriptor = plugin.descriptor();
    assertNotNull(descriptor, "descriptor is null");
    assertAll(() -> assertEquals(descriptor, plugin.descriptor(), "the descriptor changed between two calls"),
        () -> assertEquals(descriptor, newPlugin().descriptor(), "two instances have different descriptors"),
        () -> assertFalse(descriptor.version().isBlank(), "the version is blank"),
        () -> assertFalse(descriptor.summary().isBlank(), "the summary is blank"),
        () -> assertEquals(1, descriptor.summary().lines().count(), "the summary has more than one line"));
  }

  @Test
  void isCompiledAgainstAnSpiThatThisHostAccepts() {
    var spi = newPlugin().descriptor().spi();
    assertTrue(SpiVersion.current().accepts(spi), () -> "SPI " + SpiVersion.current() + " does not accept " + spi);
  }

  @Test
  void keepsItsDescriptorWhenItRuns() {
    var plugin = newPlugin();
    try (plugin) {
      var before = plugin.descriptor();
      plugin.start(context("one"));
      assertEquals(before, plugin.descriptor());
    }
  }

  @Test
  void startsWithCapabilities() {
    try (var plugin = newPlugin()) {
      assertNotNull(plugin.start(context("one")), "start returned null");
    }
  }

  @Test
  void reportsItsHealthQuicklyFromAnyThread() {
    try (var plugin = newPlugin()) {
      plugin.start(context("one"));
      for (int i = 0; i < 3; i++) {
        // Runs on a thread of its own.
        Health health = assertTimeoutPreemptively(QUICK, plugin::health, "health took longer than a second");
        assertNotNull(health, "health is null");
        assertAll(() -> assertFalse(health.message().isBlank(), "the health message is blank"),
            () -> assertEquals(1, health.message().lines().count(), "the health message has more than one line"),
            () -> assertFalse(health.status() == Health.Status.DOWN, () -> "down after start: " + health.message()));
      }
    }
  }

  @Test
  void closesAfterAStartInWhichTheHostFailed() {
    for (String service : List.of("configuration", "dataDirectory", "cacheDirectory", "clock", "models", "workers",
        "events")) {
      var plugin = newPlugin();
      try {
        plugin.start(failing(context("one"), service));
      } catch (RuntimeException e) {
        assertInstanceOf(PlatformException.class, e, () -> "start hid the failure of PluginContext." + service);
      }
      assertDoesNotThrow(plugin::close, () -> "close failed after PluginContext." + service + " had failed in start");
    }
  }

  /** Every setting that {@code start} reads as a number, a flag or a choice, given a value of no such form. */
  @TestFactory
  List<DynamicTest> refusesASettingOfTheWrongForm() {
    return typedSettings().stream().sorted().map(key -> DynamicTest.dynamicTest(key, () -> {
      var settings = new HashMap<>(settings());
      settings.put(key, NO_VALUE_OF_ANY_TYPE);
      var plugin = newPlugin();
      var context = TestPluginContext.in(folder.resolve("wrong")).withSettings(settings);
      var e = assertThrows(PlatformException.class, () -> plugin.start(context));
      assertEquals(StandardErrorCode.INVALID_CONFIGURATION, e.code());
      assertDoesNotThrow(plugin::close, "close failed after a start that refused a setting");
    })).toList();
  }

  @Test
  void leavesNoThreadThatKeepsTheHostAlive() throws InterruptedException {
    var before = Thread.getAllStackTraces().keySet();
    try (var plugin = newPlugin()) {
      plugin.start(context("one"));
      assertNotNull(plugin.health());
    }
    long deadline = System.nanoTime() + patience().toNanos();
    for (Thread thread : Thread.getAllStackTraces().keySet()) {
      if (!before.contains(thread) && !thread.isDaemon()) {
        // A wait of 0 would be for ever.
        thread.join(Math.max(1, Duration.ofNanos(deadline - System.nanoTime()).toMillis()));
        assertFalse(thread.isAlive(), () -> "thread '" + thread.getName() + "' is alive after close");
      }
    }
  }

  @Test
  void runsBesideASecondInstance() {
    try (var first = newPlugin(); var second = newPlugin()) {
      var one = first.start(context("one"));
      var two = second.start(context("two"));
      assertEquals(one.all().size(), two.all().size(), "the instances have different capabilities");
      var before = List.of(first.health().status(), second.health().status());
      var third = newPlugin();
      third.start(context("three"));
      third.close();
      var after = List.of(first.health().status(), second.health().status());
      assertEquals(before, after, "closing one instance changed the health of others");
    }
  }

  private Set<String> typedSettings() {
    var context = context("one");
    try (var plugin = newPlugin()) {
      plugin.start(context);
    }
    return context.configuration().typedKeysRead();
  }

  private TestPluginContext context(String name) {
    return TestPluginContext.in(folder.resolve(name)).withSettings(settings());
  }

  private Plugin newPlugin() {
    try {
      return pluginClass().getConstructor().newInstance();
    } catch (InvocationTargetException e) {
      return fail("the constructor of " + pluginClass() + " threw", e.getCause());
    } catch (ReflectiveOperationException e) {
      return fail(pluginClass() + " cannot be constructed without arguments", e);
    }
  }

  /** The same context, but one of its services throws. */
  private static PluginContext failing(PluginContext context, String service) {
    return (PluginContext) Proxy.newProxyInstance(PluginContext.class.getClassLoader(),
        new Class<?>[]{PluginContext.class}, (proxy, method, arguments) -> {
          if (method.getName().equals(service)) {
            throw new PlatformException(StandardErrorCode.SERVER_ERROR, service + " fails in this test");
          }
          return method.invoke(context, arguments);
        });
  }
}
