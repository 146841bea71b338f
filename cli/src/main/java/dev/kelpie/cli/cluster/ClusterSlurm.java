package dev.kelpie.cli.cluster;

import dev.kelpie.cli.cluster.slurm.JobScript;
import dev.kelpie.config.ConfigException;
import dev.kelpie.config.file.ExperimentFiles;
import dev.kelpie.config.file.LoadedExperiment;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.wire.file.AtomicFile;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code kelpie cluster slurm}: writes a run as a batch script of Slurm, and submits it. */
@Command(
    name = "slurm",
    description = {
      "Write a batch script that runs an experiment as a job of Slurm: the learner on the first"
          + " node,",
      "rollout workers on the others. Ahead of its time limit the job saves, is queued again, and",
      "resumes. All nodes see the folders of this build, the experiment and its runs."
    },
    footer = {
      "",
      "Example: kelpie cluster slurm configs/quickstart.conf --nodes 3 --time 4:00:00 --submit"
    })
final class ClusterSlurm implements Callable<Integer> {
  private static final String HOME = "kelpie.home";
  private static final int LEAST_SECONDS = 30;
  private static final int MOST_SECONDS = 65_535; // Slurm's

  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "CONFIG",
      description = "Experiment file; not needed with --resume.")
  private @Nullable Path file;

  @Option(
      names = "--resume",
      paramLabel = "RUN",
      description = "Resume the run in this folder instead.")
  private @Nullable Path resume;

  @Option(
      names = "-D",
      paramLabel = "KEY=VALUE",
      description = "Change one value of the file; repeatable.")
  private List<String> overrides = new ArrayList<>();

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description = "Script to write. Default: NAME.sbatch here.")
  private @Nullable Path out;

  @Option(
      names = "--nodes",
      paramLabel = "N",
      defaultValue = "2",
      description = "Nodes of the job. Default: ${DEFAULT-VALUE}.")
  private int nodes;

  @Option(
      names = "--rollout-workers",
      paramLabel = "N",
      defaultValue = "1",
      description =
          "Rollout processes on each node but the first, or on it where it is the only one."
              + " Default: ${DEFAULT-VALUE}.")
  private int workers;

  @Option(
      names = "--cpus",
      paramLabel = "N",
      defaultValue = "0",
      description = "Processors of each node; 0: as the partition has it.")
  private int cpus;

  @Option(
      names = "--time",
      paramLabel = "TIME",
      description =
          "Time limit as sbatch takes it: MINUTES, H:MM:SS, D-HH. Default: the" + " partition's.")
  private @Nullable String time;

  @Option(names = "--partition", paramLabel = "NAME", description = "Partition of the nodes.")
  private @Nullable String partition;

  @Option(
      names = "--ahead",
      paramLabel = "SECONDS",
      defaultValue = "300",
      description =
          "How long before the limit the run is saved; more than a step takes. Default:"
              + " ${DEFAULT-VALUE}.")
  private int ahead;

  @Option(
      names = "--sbatch",
      paramLabel = "OPTION",
      description = "Further option of sbatch, such as --sbatch=--account=x; repeatable.")
  private List<String> more = new ArrayList<>();

  @Option(names = "--submit", description = "Submit it where sbatch is on the path.")
  private boolean submit;

  @Override
  public Integer call() throws IOException, InterruptedException {
    OptionValues.requireWithin("--nodes", nodes, 1, MOST_SECONDS);
    OptionValues.requireWithin("--rollout-workers", workers, 1, MOST_SECONDS);
    OptionValues.requireWithin("--cpus", cpus, 0, MOST_SECONDS);
    OptionValues.requireWithin("--ahead", ahead, LEAST_SECONDS, MOST_SECONDS);
    OptionValues.requireMatch(
        "--time", time, "\\d+(:\\d+){0,2}|\\d+-\\d+(:\\d+){0,2}", "as in 90, 4:00:00, 2-12");
    OptionValues.requireMatch("--partition", partition, "[\\w.,-]+", "a name of sinfo");
    more.forEach(
        option ->
            OptionValues.requireMatch(
                "--sbatch", option, "-[^\\n\\r#]*", "an option, as in --account=x"));
    LoadedExperiment loaded = loaded();
    boolean certificates = loaded.experiment().cluster().tlsPath().isEmpty();
    String name = ClusterNames.of(loaded, resume);
    JobScript script =
        new JobScript(
            name,
            launcher(),
            Path.of("").toAbsolutePath(),
            source(),
            overrides,
            certificates,
            new JobScript.Request(
                nodes,
                workers,
                cpus,
                Optional.ofNullable(time),
                Optional.ofNullable(partition),
                ahead,
                more));
    Path target = out == null ? Path.of(name + ".sbatch") : out;
    if (Files.isDirectory(target)) {
      throw new ConfigException("--out: " + target + " is a folder (expected: a file to write)");
    }
    AtomicFile.write(target, script.text());
    return submit ? submit(target) : told(target, "submit it: sbatch ");
  }

  private LoadedExperiment loaded() {
    if (resume != null) {
      if (file != null) {
        throw new ConfigException("--resume: takes no file beside it");
      }
      return ExperimentFiles.loadRecorded(new RunFolder(resume).experimentFile(), overrides);
    }
    if (file == null) {
      throw new ConfigException(
          "CONFIG: missing (expected: an experiment file such as configs/quickstart.conf)");
    }
    return ExperimentFiles.load(file, overrides);
  }

  private JobScript.Source source() {
    Path path = resume == null ? file : resume;
    if (path == null) {
      throw new IllegalStateException("neither a file nor a run");
    }
    return new JobScript.Source(path.toAbsolutePath().normalize(), resume != null);
  }

  private static Path launcher() {
    String home = System.getProperty(HOME, "");
    if (home.isEmpty()) {
      throw new ConfigException(
          "this process was not started by ./kelpie (expected: the launcher, because the job starts"
              + " it)");
    }
    return Path.of(home, "kelpie");
  }

  private int told(Path target, String how) {
    PrintWriter lines = spec.commandLine().getOut();
    String shown = RunFolder.shown(target.toAbsolutePath().normalize());
    lines.println(shown + ": " + nodes + (nodes == 1 ? " node" : " nodes") + "; " + how + shown);
    lines.flush();
    return 0;
  }

  private int submit(Path target) throws IOException, InterruptedException {
    Optional<Path> sbatch = onPath("sbatch");
    if (sbatch.isEmpty()) {
      return told(target, "there is no sbatch here; on a login node: sbatch ");
    }
    Process process =
        new ProcessBuilder(sbatch.get().toString(), target.toAbsolutePath().toString())
            .inheritIO()
            .start();
    int code = process.waitFor();
    return code == 0 ? told(target, "submitted ") : code;
  }

  private static Optional<Path> onPath(String program) {
    return Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator, -1))
        .filter(folder -> !folder.isEmpty())
        .map(folder -> Path.of(folder, program))
        .filter(Files::isExecutable)
        .findFirst();
  }
}
