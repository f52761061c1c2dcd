/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.http;

/** Event: the server is stopping and has waited long enough; what still runs is to be cut off. */
public record GracePeriodEnded() {}
