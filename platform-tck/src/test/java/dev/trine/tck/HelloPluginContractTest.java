/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.tck;

import dev.trine.api.Plugin;

class HelloPluginContractTest extends PluginContractTest {

  @Override
  protected Class<? extends Plugin> pluginClass() {
    return HelloExample.pluginClass();
  }
}
