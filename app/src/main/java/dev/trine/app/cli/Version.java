/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.cli;

import dev.trine.app.http.ProductVersion;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;

/** {@code trine version}. */
@Command(name = "version", description = "Print the version.")
final class Version implements Callable<Integer>, IVersionProvider {

  private final Console console;

  Version(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    console.println(line());
    return ExitCode.DONE;
  }

  @Override
  public String[] getVersion() {
    return new String[]{line()};
  }

  private static String line() {
    return "trine " + ProductVersion.version();
  }
}
