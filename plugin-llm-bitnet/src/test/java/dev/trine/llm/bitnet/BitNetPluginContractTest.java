/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet;

import dev.trine.api.Plugin;
import dev.trine.tck.PluginContractTest;

class BitNetPluginContractTest extends PluginContractTest {

  @Override
  protected Class<? extends Plugin> pluginClass() {
    return BitNetPlugin.class;
  }
}
