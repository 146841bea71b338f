package dev.kelpie.cli.check;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
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
    footer = {"", "Example: kelpie config explain rollout"},
    subcommands = ConfigCommand.Explain.class)
public final class ConfigCommand implements Runnable {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "which command?");
  }

  /** {@code kelpie config explain}: prints every key with its default, type and meaning. */
  @Command(
      name = "explain",
      description = "Print every key with default, type and meaning.",
      footer = {"", "Example: kelpie config explain algorithm.loss"})
  static final class Explain implements Callable<Integer> {
    @Spec private CommandSpec spec = CommandSpec.create();

    @Parameters(
        index = "0",
        arity = "0..1",
        paramLabel = "PATH",
        description = "Only keys whose path starts with this, such as learner.")
    private @Nullable String path;

    @Override
    public Integer call() {
      PrintWriter out = spec.commandLine().getOut();
      Explanation explanation = Explanation.ofEverything().startingWith(path == null ? "" : path);
      if (explanation.sections().isEmpty()) {
        throw new ParameterException(
            spec.commandLine(), path + ": no such key; without a path all are listed");
      }
      out.print(explanation.text());
      out.flush();
      return 0;
    }
  }
}
