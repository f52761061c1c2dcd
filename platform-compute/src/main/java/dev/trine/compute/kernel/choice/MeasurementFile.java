/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.compute.kernel.choice;

import dev.trine.compute.kernel.vector.VectorKernels;
import java.io.IOException;
import java.io.Reader;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Properties;

/**
 * Remembers measurements for one processor, virtual machine, vector width and version of the kernels, by method. What cannot be
 * read, or was measured elsewhere, counts as nothing remembered; what cannot be written is measured again.
 */
final class MeasurementFile {

  private static final String NAME = "ternary-kernels.properties";
  private static final String KEY = "measuredOn";

  private final Path path;
  private final String key;

  MeasurementFile(Path directory, String processor, int bits) {
    this.path = directory.resolve(NAME);
    this.key = processor + "; " + Runtime.version() + "; " + bits + " bits; kernels " + VectorKernels.VERSION;
  }

  Measurement load() {
    Properties properties = new Properties();
    try (Reader reader = Files.newBufferedReader(path)) {
      properties.load(reader);
    } catch (IOException | IllegalArgumentException e) {
      return Measurement.NONE;
    }
    return key.equals(properties.getProperty(KEY)) ? Measurement.load(properties) : Measurement.NONE;
  }

  /** Writes beside the file and moves it into place, so that readers see all or nothing. */
  void store(Measurement measurement) {
    Properties properties = new Properties();
    properties.setProperty(KEY, key);
    measurement.store(properties);
    try {
      Path temporary = Files.createTempFile(path.toAbsolutePath().getParent(), NAME, ".tmp");
      try {
        try (Writer writer = Files.newBufferedWriter(temporary)) {
          properties.store(writer, "How fast this machine multiplies ternary matrices. Delete to measure again.");
        }
        Files.move(temporary, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      } finally {
        Files.deleteIfExists(temporary);
      }
    } catch (IOException e) {
      return; // measured again next time, about a second
    }
  }
}
