package dev.kelpie.cli.train;

import dev.kelpie.cli.check.RunInputs;
import dev.kelpie.cli.terminal.ReadingLine;
import dev.kelpie.config.ConfigException;
import dev.kelpie.config.file.ExperimentFiles;
import dev.kelpie.config.file.LoadedExperiment;
import dev.kelpie.experience.RunFolder;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The experiment file or the run to resume, the same for every command that starts a run. */
public final class RunArguments {
  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "CONFIG",
      description = "Experiment file; not needed with --resume.")
  private @Nullable Path file;

  @Option(
      names = "--run-dir",
      paramLabel = "DIR",
      description = "Folder of the run; must not exist. Default: runs/NAME-UTCTIME.")
  private @Nullable Path runDir;

  @Option(
      names = "--resume",
      paramLabel = "RUN",
      description = "Resume the run in this folder from its newest complete checkpoint.")
  private @Nullable Path resume;

  @Option(
      names = "--data-changed",
      paramLabel = "WHAT",
      defaultValue = "refuse",
      description =
          "With --resume, where a data file of the experiment has other data than before: refuse"
              + " or continue (default: ${DEFAULT-VALUE}).")
  private DataComparison.Changed dataChanged = DataComparison.Changed.REFUSE;

  @Option(names = "--open", description = "Open the run's page in the browser.")
  private boolean open;

  private List<String> dataNotes = List.of();

  /** The arguments of a program: a file, and a folder or none; or a run to resume. */
  static RunArguments of(@Nullable Path file, @Nullable Path runDir, @Nullable Path resume) {
    RunArguments arguments = new RunArguments();
    arguments.file = file;
    arguments.runDir = runDir;
    arguments.resume = resume;
    return arguments;
  }

  /** What the comparison of a resumed run's data had to say, for the events of the run. */
  List<String> dataNotes() {
    return dataNotes;
  }

  /** Whether to open the run's page in the browser. */
  public boolean open() {
    return open;
  }

  /** Whether a run is resumed. */
  public boolean resumes() {
    return resume != null;
  }

  /** Reads the inputs of the run, and of one that is resumed compares its data. */
  public RunInputs inputs(LoadedExperiment loaded, PrintWriter out) {
    if (resume == null && dataChanged == DataComparison.Changed.CONTINUE) {
      throw new ConfigException("--data-changed: continue (expected: --resume RUN beside it)");
    }
    RunInputs inputs =
        RunInputs.open(
            loaded, DataComparison.reading(Optional.ofNullable(resume), ReadingLine.on(out)));
    try {
      if (resume != null) {
        dataNotes = DataComparison.check(new RunFolder(resume), inputs, dataChanged);
        dataNotes.forEach(out::println);
        out.flush();
      }
    } catch (RuntimeException e) {
      inputs.close();
      throw e;
    }
    return inputs;
  }

  /** Options for a process that resumes the run for this one. */
  public List<String> forwarded() {
    return dataChanged == DataComparison.Changed.CONTINUE
        ? List.of("--data-changed=continue")
        : List.of();
  }

  /**
   * Reads the experiment.
   *
   * @param usage added to the message that refuses a file beside {@code --resume}
   * @throws ConfigException on anything wrong
   */
  public LoadedExperiment load(List<String> overrides, String usage) {
    if (resume != null) {
      if (file != null || runDir != null) {
        throw new ConfigException("--resume: takes neither a file nor --run-dir" + usage);
      }
      Path experiment = new RunFolder(resume).experimentFile();
      if (!Files.isRegularFile(experiment)) {
        throw new ConfigException(
            "--resume: " + resume + " (expected: a run folder, with experiment.conf in it)");
      }
      return ExperimentFiles.loadRecorded(experiment, overrides);
    }
    if (file == null) {
      throw new ConfigException(
          "CONFIG: missing (expected: an experiment file such as configs/quickstart.conf)");
    }
    return ExperimentFiles.load(file, overrides);
  }

  /**
   * The experiment to start with. That of a resumed run whose {@code policy.path} is gone names the
   * policy of the newest checkpoint instead, unless a reference needs the first one.
   */
  public LoadedExperiment startable(LoadedExperiment loaded, List<String> overrides) {
    return resume == null ? loaded : PresentPolicy.of(new RunFolder(resume), loaded, overrides);
  }

  /** The folder of the run, created unless {@code command} resumes it. */
  public RunFolder folder(LoadedExperiment loaded, String command) {
    return resume == null
        ? NewRun.folder(loaded, runDir, command + " --resume")
        : new RunFolder(resume);
  }

  /** The line that names the run's folder. */
  public String announcement(RunFolder folder) {
    return (resume == null ? "run folder: " : "going on in: ") + RunFolder.shown(folder.root());
  }
}
