/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * The platform API: everything that a plugin is compiled against. A plugin jar names its {@link dev.trine.api.Plugin} in
 * {@code META-INF/services/dev.trine.api.Plugin}.
 *
 * <p>Evolution: new methods are {@code default}, records keep their constructors when they grow, and sealed types may gain cases
 * within a major version, so that callers outside this repository keep a branch for cases they do not know.
 */
@NullMarked
package dev.trine.api;

import org.jspecify.annotations.NullMarked;
