/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.cli;

import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Model.OptionSpec;

/** The program. */
public final class Trine {

  private Trine() {}

  /** Runs one command and ends the process with its exit code. */
  public static void main(String[] args) {
    Console console = Console.ofProcess();
    // Before the first logger is made.
    System.setProperty("trine.log.level", logLevel(console, args));
    int exitCode;
    try {
      exitCode = execute(console, args);
    } catch (OutOfMemoryError e) {
      console.sayln("trine: Java's memory is not enough (" + e.getMessage()
          + "); TRINE_JAVA_OPTS=-Xmx8g allows more, --ctx makes the context smaller");
      exitCode = ExitCode.FAILURE;
    }
    System.exit(exitCode);
  }

  private static String logLevel(Console console, String[] args) {
    if (!console.environment().getOrDefault("TRINE_DEBUG", "").isEmpty()) {
      return "DEBUG";
    }
    return args.length > 0 && args[0].equals("serve") ? "INFO" : "ERROR";
  }

  /**
   * Runs one command.
   *
   * @return the exit code
   */
  static int execute(Console console, String... args) {
    String[] words = args.length == 0 ? new String[]{"--help"} : args;
    CommandLine root = commandLine(console);
    int exitCode = root.execute(words);
    return root.getOut().checkError() ? ExitCode.CLOSED_PIPE : exitCode;
  }

  private static CommandLine commandLine(Console console) {
    var root = new CommandLine(new RootCommand());
    root.getCommandSpec().addOption(OptionSpec.builder("-V", "--version").versionHelp(true)
        .description("print the version").build());
    var version = new Version(console);
    root.getCommandSpec().versionProvider(version);
    root.addSubcommand(new ServeCommand(console)).addSubcommand(new ChatCommand(console))
        .addSubcommand(new RunCommand(console)).addSubcommand(new ListCommand(console))
        .addSubcommand(new DoctorCommand(console)).addSubcommand(new BenchCommand(console))
        .addSubcommand(new CompletionCommand(console, () -> root))
        .addSubcommand(new CommandLine(new PullCommand()).setUnmatchedArgumentsAllowed(true))
        .addSubcommand(version).addSubcommand(new HelpCommand());
    addHelp(root);
    root.getSubcommands().values().forEach(Trine::addHelp);
    var errors = new CommandErrors(console);
    return root.setOut(console.outWriter()).setErr(console.errWriter()).setUsageHelpAutoWidth(false)
        .setColorScheme(
            CommandLine.Help.defaultColorScheme(console.isColoured(Console.Stream.OUT) ? Ansi.ON : Ansi.OFF))
        .setCaseInsensitiveEnumValuesAllowed(true).setUsageHelpWidth(110).setAbbreviatedOptionsAllowed(false)
        .setParameterExceptionHandler(errors).setExecutionExceptionHandler(errors);
  }

  private static void addHelp(CommandLine command) {
    if (command.getCommandSpec().findOption("--help") == null) {
      command.getCommandSpec().addOption(OptionSpec.builder("-h", "--help").usageHelp(true).order(1)
          .description("explain " + (command.getParent() == null ? "the commands" : "this command")).build());
    }
  }
}
