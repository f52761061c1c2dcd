/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * Contract tests for plugins. A plugin's own tests extend {@link dev.trine.tck.PluginContractTest} and, for what it provides,
 * {@link dev.trine.tck.TextGenerationContractTest} and {@link dev.trine.tck.RouteContributionContractTest}.
 */
@NullMarked
package dev.trine.tck;

import org.jspecify.annotations.NullMarked;
