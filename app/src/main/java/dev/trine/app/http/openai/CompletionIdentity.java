/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.http.openai;

import dev.trine.app.http.ProductVersion;
import java.time.Instant;
import java.util.UUID;

/**
 * What a response, or every chunk of a stream, says about itself.
 *
 * @param id                unique
 * @param created           seconds since 1970
 * @param model             the model's name, as the client should see it
 * @param systemFingerprint the build that answered; begins with {@code b}
 */
record CompletionIdentity(String id, long created, String model, String systemFingerprint) {

  static CompletionIdentity of(String prefix, String model) {
    return new CompletionIdentity(prefix + UUID.randomUUID().toString().replace("-", ""),
        Instant.now().getEpochSecond(), model, "b" + ProductVersion.version());
  }
}
