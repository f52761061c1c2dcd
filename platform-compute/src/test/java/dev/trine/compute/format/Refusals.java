/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.format;

import dev.trine.api.PlatformException;
import dev.trine.api.StandardErrorCode;
import java.lang.foreign.Arena;
import java.nio.file.Path;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Asserts that a file is refused, in a message that names the file and says what is wrong. */
final class Refusals {

  /** {@code Gguf::open} or {@code Safetensors::open}. */
  @FunctionalInterface
  interface Opener {
    void open(Path file, Arena arena);
  }

  private Refusals() {}

  static void assertInvalid(Opener open, Path file, String... fragments) {
    assertRefused(StandardErrorCode.MODEL_INVALID, open, file, fragments);
  }

  static void assertUnsupported(Opener open, Path file, String... fragments) {
    assertRefused(StandardErrorCode.MODEL_UNSUPPORTED, open, file, fragments);
  }

  static void assertRefused(StandardErrorCode code, Opener open, Path file, String... fragments) {
    try (Arena arena = Arena.ofConfined()) {
      assertRefused(code, () -> open.open(file, arena), file, fragments);
    }
  }

  static void assertRefused(StandardErrorCode code, Runnable action, Path file, String... fragments) {
    PlatformException refusal = assertThrows(PlatformException.class, action::run);
    String message = String.valueOf(refusal.getMessage());
    assertEquals(code, refusal.code(), message);
    assertTrue(message.startsWith(file.toString()), () -> "no file in: " + message);
    for (String fragment : fragments) {
      assertTrue(message.contains(fragment), () -> "no \"" + fragment + "\" in: " + message);
    }
  }
}
