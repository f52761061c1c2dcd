/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.cli;

import dev.trine.api.PlatformException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** Turns every failure into words on standard error and an exit code. */
final class CommandErrors implements IExecutionExceptionHandler, IParameterExceptionHandler {

  private final Console console;

  CommandErrors(Console console) {
    this.console = console;
  }

  @Override
  public int handleParseException(ParameterException failure, String[] args) {
    CommandLine command = failure.getCommandLine();
    String name = command.getCommandSpec().qualifiedName();
    console.sayln("trine: " + oneLine(failure));
    if (failure instanceof UnmatchedArgumentException unmatched) {
      List<String> near = unmatched.getSuggestions();
      if (!near.isEmpty()) {
        console.sayln("Did you mean " + String.join(" or ", near.subList(0, Math.min(3, near.size()))) + "?");
      }
    }
    if (failure instanceof UnmatchedArgumentException unmatched
        && unmatched.getUnmatched().getFirst().startsWith("-")) {
      console.sayln("Words that begin with - and are no options go behind --, as in " + name + " -- \"- a list\"");
    }
    console.sayln("'" + name + " --help' explains " + (name.equals("trine") ? "the commands." : "this command."));
    return ExitCode.USAGE;
  }

  @Override
  public int handleExecutionException(Exception failure, CommandLine command, ParseResult parsed) {
    return report(failure);
  }

  /** Says what went wrong, and gives the exit code for it. */
  int report(Exception failure) {
    if (failure instanceof OutputException output && output.exitCode() == ExitCode.CLOSED_PIPE) {
      // Whoever read has had enough; nobody is left to tell.
      return ExitCode.CLOSED_PIPE;
    }
    if (wantsDetail()) {
      var trace = new StringWriter();
      failure.printStackTrace(new PrintWriter(trace));
      console.say(trace.toString());
    }
    return switch (failure) {
      case PlatformException platform -> {
        console.sayln("trine: " + TerminalText.visible(String.valueOf(platform.getMessage())));
        yield ExitCode.of(platform.code().type());
      }
      case OutputException output -> {
        console.sayln("trine: " + output.getMessage());
        yield output.exitCode();
      }
      case UncheckedIOException io -> {
        console.sayln("trine: " + io.getMessage());
        yield ExitCode.FAILURE;
      }
      default -> {
        console.sayln("trine: " + failure + (wantsDetail() ? "" : " (this is a defect; TRINE_DEBUG=1 shows where)"));
        yield ExitCode.FAILURE;
      }
    };
  }

  private boolean wantsDetail() {
    return !console.environment().getOrDefault("TRINE_DEBUG", "").isEmpty();
  }

  private static String oneLine(ParameterException failure) {
    return TerminalText.visible(String.valueOf(failure.getMessage()).strip().replace('\n', ' '));
  }
}
