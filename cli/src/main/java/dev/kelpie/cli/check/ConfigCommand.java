package dev.kelpie.cli.check;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code kelpie config}: documents the keys of experiment files and compares experiments. */
@Command(
    name = "config",
    description = "Explain the keys of experiment files, or compare two experiments.",
    footer = {"", "Example: kelpie config explain rollout"})
public final class ConfigCommand implements Runnable {
  private static final int DIFFERENT = 1;

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

  @Command(
      name = "diff",
      description = {
        "Compare two experiments after presets and defaults: one line for each key that differs,"
            + " with both values and where each is written. Keys that are written differently but"
            + " mean the same are equal."
      },
      exitCodeListHeading = "%nExit code, as that of diff:%n",
      exitCodeList = {
        "0:the experiments are equal",
        "1:they differ",
        "2:one of them cannot be read"
      },
      footer = {
        "",
        "Example: kelpie config diff configs/quickstart.conf configs/quickstart-ppo.conf",
        "Example: kelpie config diff runs/first runs/second"
      })
  int diff(
      @Parameters(index = "0", paramLabel = "A", description = "Experiment file or run folder.")
          Path first,
      @Parameters(index = "1", paramLabel = "B", description = "Experiment file or run folder.")
          Path second) {
    ExperimentDiff diff =
        ExperimentDiff.of(ExperimentDiff.read(first), ExperimentDiff.read(second));
    PrintWriter out = spec.commandLine().getOut();
    diff.differences().forEach(difference -> out.println(difference.line()));
    out.flush();
    return diff.differences().isEmpty() ? 0 : DIFFERENT;
  }
}
