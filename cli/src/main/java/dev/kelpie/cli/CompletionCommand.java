package dev.kelpie.cli;

import java.io.PrintWriter;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code kelpie completion}: the script that completes commands and options in a shell. */
@Command(
    name = "completion",
    description = "Print the shell completion script of bash or zsh.",
    footer = {
      "",
      "Example: kelpie completion bash",
      "For this shell: source <(./kelpie completion bash); the same with zsh."
    })
final class CompletionCommand implements Runnable {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "for which shell? (expected: bash or zsh)");
  }

  @Command(
      name = "bash",
      description = "For bash: source the output.",
      footer = {"", "Example: kelpie completion bash"})
  int bash() {
    return print();
  }

  @Command(
      name = "zsh",
      description = "For zsh: source the output.",
      footer = {"", "Example: kelpie completion zsh"})
  int zsh() {
    return print(); // the script finds out who reads it, and makes zsh run bash's completions
  }

  private int print() {
    CommandLine root = spec.root().commandLine();
    PrintWriter out = spec.commandLine().getOut();
    out.println(AutoComplete.bash(root.getCommandName(), root));
    out.flush();
    return 0;
  }
}
