package dev.trine.app.cli;

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
    return new String[] {line()};
  }

  private static String line() {
    return "trine " + number();
  }

  /** The version of this build, as its jar says; {@code development} when it runs from class files. */
  static String number() {
    String version = Version.class.getPackage().getImplementationVersion();
    return version == null ? "development" : version;
  }
}
