/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.plugin;

import dev.trine.api.http.Route;

/**
 * A route that a plugin contributes.
 *
 * @param pluginId the plugin
 * @param route    the route
 */
public record ProvidedRoute(String pluginId, Route route) {}
