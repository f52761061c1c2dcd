/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.tck;

import dev.trine.api.Capabilities;
import dev.trine.api.Plugin;
import dev.trine.api.PluginContext;
import dev.trine.api.PluginDescriptor;
import dev.trine.api.SpiVersion;
import java.time.Duration;

class SmallPluginContractTest extends PluginContractTest {

  @Override
  protected Class<? extends Plugin> pluginClass() {
    return Defect.CLASS_NOT_PUBLIC.present() ? Hidden.class : SmallPlugin.class;
  }

  @Override
  protected Duration patience() {
    // A defect that hangs shall not hold up the build; a busy machine shall not break it.
    return Duration.ofSeconds(Defect.NONE.present() ? 20 : 1);
  }

  private static final class Hidden implements Plugin {
    @Override
    public PluginDescriptor descriptor() {
      return PluginDescriptor.of("hidden", "1", SpiVersion.MAJOR, SpiVersion.MINOR, "Hidden plugin");
    }

    @Override
    public Capabilities start(PluginContext context) {
      return Capabilities.of();
    }
  }
}
