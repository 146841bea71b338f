package dev.kelpie.cli.check;

import java.io.PrintWriter;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code kelpie config}: documents the keys of experiment files. */
@Command(
    name = "config",
    description = "Explain the keys of experiment files.",
    footer = {"", "Example: kelpie config explain rollout"})
public final class ConfigCommand implements Runnable {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "which command?");
  }

  @Command(
      name = "explain",
      description = "Print every key with default, type and meaning.",
      footer = {"", "Example: kelpie config explain algorithm.loss"})
  int explain(
      @Parameters(
              index = "0",
              arity = "0..1",
              paramLabel = "PATH",
              description = "Only keys whose path starts with this, such as learner.")
          @Nullable String path) {
    Explanation explanation = Explanation.ofEverything().startingWith(path == null ? "" : path);
    if (explanation.sections().isEmpty()) {
      throw new ParameterException(
          Objects.requireNonNull(spec.subcommands().get("explain")),
          path + ": no such key; without a path all are listed");
    }
    PrintWriter out = spec.commandLine().getOut();
    out.print(explanation.text());
    out.flush();
    return 0;
  }
}
