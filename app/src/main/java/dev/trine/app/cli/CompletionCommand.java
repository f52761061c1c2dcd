/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.cli;

import java.util.concurrent.Callable;
import java.util.function.Supplier;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Parameters;

/** {@code trine completion}: what a shell needs to complete commands and options. */
@Command(name = "completion", description = "Print a completion script for a shell.", customSynopsis = "Usage: trine completion bash|zsh|fish", synopsisHeading = "", footerHeading = "%nExamples:%n", footer = {
    "  source <(trine completion bash)                                    bash, for this session",
    "  trine completion bash > ~/.local/share/bash-completion/completions/trine",
    "  source <(trine completion zsh)                                     zsh; in ~/.zshrc for every session",
    "  trine completion fish > ~/.config/fish/completions/trine.fish      fish"})
final class CompletionCommand implements Callable<Integer> {

  /** A shell that can be taught. */
  enum Shell {
    BASH, ZSH, FISH
  }

  private final Console console;
  private final Supplier<CommandLine> root;

  @Parameters(index = "0", paramLabel = "SHELL", description = "bash, zsh or fish")
  private Shell shell = Shell.BASH;

  CompletionCommand(Console console, Supplier<CommandLine> root) {
    this.console = console;
    this.root = root;
  }

  @Override
  public Integer call() {
    console.print(switch (shell) {
      // The script serves both: it turns on bash's way of completing where it runs in zsh.
      case BASH, ZSH -> AutoComplete.bash("trine", root.get());
      case FISH -> fish(root.get());
    });
    return ExitCode.DONE;
  }

  private static String fish(CommandLine root) {
    var script = new StringBuilder("# Completion of trine for fish.\n");
    root.getSubcommands().forEach((name, command) -> {
      if (command.getCommandSpec().usageMessage().hidden()) {
        return;
      }
      script.append("complete -c trine -n __fish_use_subcommand -f -a ").append(name).append(" -d ")
          .append(quoted(summary(command.getCommandSpec().usageMessage().description()))).append('\n');
      for (OptionSpec option : command.getCommandSpec().options()) {
        script.append("complete -c trine -n '__fish_seen_subcommand_from ").append(name).append('\'');
        for (String optionName : option.names()) {
          script.append(
              optionName.startsWith("--") ? " -l " + optionName.substring(2) : " -s " + optionName.substring(1));
        }
        if (option.arity().max() > 0) {
          script.append(" -r");
        }
        script.append(" -d ").append(quoted(summary(option.description()))).append('\n');
      }
    });
    return script.toString();
  }

  private static String summary(String[] description) {
    return description.length == 0 ? "" : description[0].replaceAll("([:;] |\\.$).*", "");
  }

  private static String quoted(String text) {
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
  }
}
