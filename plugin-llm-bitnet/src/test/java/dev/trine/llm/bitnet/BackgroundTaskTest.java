/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.llm.bitnet;

import dev.trine.api.PlatformException;
import dev.trine.api.StandardErrorCode;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

class BackgroundTaskTest {

  @Test
  void givesTheResultToWhoWaits() {
    try (var task = new BackgroundTask<>("test", _ -> 42)) {
      assertEquals(42, task.await());
    }
  }

  @Test
  void failsAsTheWorkFailed() {
    var failure = new PlatformException(StandardErrorCode.MODEL_INVALID, "a file");
    try (var task = new BackgroundTask<String>("test", _ -> {
      throw failure;
    })) {
      assertSame(failure, assertThrows(PlatformException.class, task::await));
    }
    try (var task = new BackgroundTask<String>("test", _ -> {
      throw new IllegalStateException("broken");
    })) {
      assertEquals(StandardErrorCode.SERVER_ERROR, assertThrows(PlatformException.class, task::await).code());
    }
  }

  @Test
  void closingTellsTheWorkToStopAndWaitsForIt() {
    var task = new BackgroundTask<>("test", stop -> {
      while (!stop.getAsBoolean()) {
        Thread.onSpinWait();
      }
      return "stopped";
    });
    task.close();
    assertEquals("stopped", task.await());
  }
}
