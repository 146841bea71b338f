package dev.kelpie.cli.check;

import dev.kelpie.config.file.ExperimentFiles;
import dev.kelpie.config.file.LoadedExperiment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The experiment file and its overrides, the same for every command that takes an experiment. */
public final class ExperimentArguments {
  @Parameters(index = "0", paramLabel = "CONFIG", description = "Experiment file.")
  private Path file = Path.of("");

  @Option(
      names = "-D",
      paramLabel = "KEY=VALUE",
      description = "Change one value of the file, such as -D run.steps=20; repeatable.")
  private List<String> overrides = new ArrayList<>();

  /**
   * Reads the experiment.
   *
   * @throws dev.kelpie.config.ConfigException on anything wrong
   */
  public LoadedExperiment load() {
    return ExperimentFiles.load(file, overrides);
  }
}
