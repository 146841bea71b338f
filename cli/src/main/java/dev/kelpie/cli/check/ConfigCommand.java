package dev.kelpie.cli.check;

import dev.kelpie.config.file.Presets;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
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
      description = {
        "Print every key with default, type and meaning; or what a preset gives; or of an"
            + " experiment what its preset gives, what it writes otherwise and which defaults of"
            + " the framework after which the preset is called no key expresses."
      },
      footer = {
        "",
        "Example: kelpie config explain algorithm.loss",
        "Example: kelpie config explain trl-grpo",
        "Example: kelpie config explain configs/quickstart.conf"
      })
  int explain(
      @Parameters(
              index = "0",
              arity = "0..1",
              paramLabel = "PATH",
              description =
                  "Only keys whose path starts with this, such as learner; or the name of a preset;"
                      + " or an experiment file or a run folder.")
          @Nullable String path) {
    Explanation explanation = Explanation.ofEverything().startingWith(path == null ? "" : path);
    if (!explanation.sections().isEmpty()) {
      return print(explanation.text());
    }
    PresetExplanation preset =
        preset(String.valueOf(path))
            .orElseThrow(
                () ->
                    new ParameterException(
                        Objects.requireNonNull(spec.subcommands().get("explain")),
                        path
                            + ": no such key, preset or file; without a path all keys are listed"));
    return print(preset.text());
  }

  private static Optional<PresetExplanation> preset(String path) {
    if (Presets.NAMES.contains(path)) {
      return Optional.of(PresetExplanation.of(path));
    }
    Path file = Path.of(path);
    return Files.exists(file)
        ? Optional.of(PresetExplanation.of(ExperimentDiff.read(file), path))
        : Optional.empty();
  }

  private int print(String text) {
    PrintWriter out = spec.commandLine().getOut();
    out.print(text);
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
