/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.tck;

import dev.trine.api.Capabilities;
import dev.trine.api.Health;
import dev.trine.api.PlatformException;
import dev.trine.api.Plugin;
import dev.trine.api.PluginContext;
import dev.trine.api.PluginDescriptor;
import dev.trine.api.SpiVersion;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** A small plugin that keeps every contract, unless {@link Defect#current} says otherwise. */
public final class SmallPlugin implements Plugin {

  private static volatile boolean anyClosed;

  private final CountDownLatch closed = new CountDownLatch(1);
  private @Nullable Thread worker;
  private boolean started;

  @Override
  public PluginDescriptor descriptor() {
    if (Defect.DESCRIPTOR_NEEDS_START.present() && !started) {
      throw new IllegalStateException("not started");
    }
    var version = Defect.DESCRIPTOR_CHANGES.present() && started ? "2" : "1";
    var minor = Defect.SPI_TOO_NEW.present() ? SpiVersion.MINOR + 1 : SpiVersion.MINOR;
    var summary = Defect.SUMMARY_OF_TWO_LINES.present() ? "Small\nplugin" : "Small plugin";
    return PluginDescriptor.of("small", version, SpiVersion.MAJOR, minor, summary);
  }

  @Override
  @SuppressWarnings("NullAway") // A defect gives null on purpose.
  public Capabilities start(PluginContext context) {
    anyClosed = false;
    long words;
    try {
      words = context.configuration().integer("words", 100, 1, 1000);
    } catch (PlatformException e) {
      if (!Defect.WRONG_SETTING_IGNORED.present()) {
        throw e;
      }
      words = 100;
    }
    context.dataDirectory();
    worker = Thread.ofPlatform().name("small-worker").daemon(false).start(this::work);
    started = true;
    if (Defect.NO_CAPABILITIES.present()) {
      return null;
    }
    return Capabilities.of(new SmallTextGeneration((int) words), new SmallRoutes());
  }

  private void work() {
    try {
      closed.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  @SuppressWarnings("NullAway") // A defect gives null on purpose.
  public Health health() {
    if (Defect.HEALTH_NULL.present()) {
      return null;
    }
    if (Defect.HEALTH_SLOW.present()) {
      LockSupport.parkNanos(3_000_000_000L);
    }
    return Defect.SHARED_BETWEEN_INSTANCES.present() && anyClosed
        ? new Health(Health.Status.DOWN, "closed", Map.of())
        : Health.up("running");
  }

  @Override
  public void close() {
    if (Defect.CLOSE_NEEDS_START.present() && worker == null) {
      throw new IllegalStateException("not started");
    }
    anyClosed = true;
    if (!Defect.THREAD_STAYS.present()) {
      closed.countDown();
    }
  }
}
