/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.api;

/**
 * A unit of capabilities, found with {@link java.util.ServiceLoader}. It is constructed without arguments, started once,
 * and closed once; construction must be cheap, the work belongs in {@link #start}.
 */
public interface Plugin extends AutoCloseable {

  /** Who this is and which SPI it was compiled against; callable before {@link #start}, never null. */
  PluginDescriptor descriptor();

  /**
   * Starts the plugin and says what it can do.
   *
   * @param context the host's services, valid until {@link #close}
   * @return the capabilities, possibly none
   * @throws PlatformException when the plugin cannot run here; the host then reports it by name and goes on without it
   */
  Capabilities start(PluginContext context);

  /** How the plugin is doing; called at any time after {@link #start}, from any thread, and expected to be quick. */
  default Health health() {
    return Health.up("running");
  }

  /** Releases everything. Called once, also when {@link #start} failed. */
  @Override
  default void close() {}
}
