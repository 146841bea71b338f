package dev.kelpie.cli.cluster;

import dev.kelpie.cli.check.MessageSize;
import dev.kelpie.cli.check.Preflight;
import dev.kelpie.cli.check.RunInputs;
import dev.kelpie.cli.terminal.InterruptHandler;
import dev.kelpie.cli.terminal.SecondInterrupt;
import dev.kelpie.cli.terminal.UnpackNotice;
import dev.kelpie.cli.train.NewRun;
import dev.kelpie.cli.train.Ports;
import dev.kelpie.config.ConfigException;
import dev.kelpie.config.ExperimentFiles;
import dev.kelpie.config.LoadedExperiment;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.runs.ClusterFile;
import dev.kelpie.runs.RunLock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code kelpie cluster}: runs an experiment as several processes and restarts those that die. */
@Command(
    name = "cluster",
    description = "Run an experiment as several processes on this machine.",
    footer = {"", "Example: kelpie cluster local configs/quickstart.conf --rollout-workers 2"})
public final class ClusterCommand implements Runnable {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "cluster what? (expected: local or join)");
  }

  @Command(
      name = "local",
      description = {
        "Start a learner, rollout workers and a reward process, each in its own JVM. A process that",
        "dies is restarted. Ctrl-C finishes the current step, saves, and ends all processes."
      },
      footer = {
        "",
        "Example: kelpie cluster local configs/quickstart.conf --rollout-workers 2",
        "Example: kelpie cluster local --resume runs/quickstart-20260102-030405"
      })
  int local(
      @Parameters(
              index = "0",
              arity = "0..1",
              paramLabel = "CONFIG",
              description = "Experiment file; not needed with --resume.")
          @Nullable Path file,
      @Option(
              names = "--rollout-workers",
              defaultValue = "1",
              description = "Rollout processes. Default: ${DEFAULT-VALUE}.")
          int workers,
      @Option(
              names = "-D",
              paramLabel = "KEY=VALUE",
              description = "Change one value of the file; repeatable.")
          @Nullable List<String> overrides,
      @Option(
              names = "--run-dir",
              paramLabel = "DIR",
              description = "Folder of the run; must not exist. Default: runs/NAME-UTCTIME.")
          @Nullable Path runDir,
      @Option(
              names = "--resume",
              paramLabel = "RUN",
              description = "Resume the run in this folder from its newest complete checkpoint.")
          @Nullable Path resume,
      @Option(names = "--open", description = "Open the run's page in the browser.") boolean open)
      throws IOException, InterruptedException {
    require(workers);
    List<String> changes = overrides == null ? List.of() : overrides;
    LoadedExperiment loaded = load(file, resume, runDir, changes);
    ClusterTerminal terminal = terminal(open);
    // Wrong input is reported once, here, and not by each process.
    Preflight.engine(loaded);
    UnpackNotice.notice().ifPresent(terminal::say);
    RunInputs parts = RunInputs.open(loaded);
    MessageSize.requireFits(loaded, parts);
    RunFolder folder = folder(loaded, runDir, resume);
    terminal.say(
        (resume == null ? "run folder: " : "going on in: ")
            + RunFolder.shown(folder.root())
            + ", logs of all processes in logs/");
    String host = loaded.experiment().cluster().host();
    List<Integer> ports = Ports.free(host, 2);
    int port = ports.get(0);
    String seed = host + ":" + port;
    List<ClusterMember> members = new ArrayList<>();
    members.add(
        member(
            "learner",
            folder,
            terminal,
            List.of(
                "train",
                "--resume",
                folder.root().toString(),
                "--roles",
                "learner",
                "--port",
                String.valueOf(port),
                "--bulk-port",
                String.valueOf(ports.get(1)),
                "--tied")));
    for (int i = 1; i <= workers; i++) {
      members.add(worker("rollout-" + i, "rollout", folder, seed, terminal));
    }
    members.add(worker("reward", "reward,scoring", folder, seed, terminal));
    return supervise(
        members,
        terminal,
        "stopping after this step, then saving ... (Ctrl-C once more ends at once)",
        "ended at once; go on from the last checkpoint with: ./kelpie cluster local --resume "
            + RunFolder.shown(folder.root()));
  }

  /**
   * Creates or reopens the run folder, makes sure that no other process uses it, and stores the
   * experiment in it.
   */
  private static RunFolder folder(
      LoadedExperiment loaded, @Nullable Path runDir, @Nullable Path resume) throws IOException {
    RunFolder folder =
        resume == null
            ? NewRun.folder(loaded, runDir, "kelpie cluster local --resume")
            : new RunFolder(resume);
    // The learner's process takes the lock and keeps it.
    try (RunLock lock = RunLock.take(folder)) {
      NewRun.record(folder, loaded);
    }
    return folder;
  }

  @Command(
      name = "join",
      description = "Add rollout processes to a live run.",
      footer = {"", "Example: kelpie cluster join runs/quickstart-20260102-030405"})
  int join(
      @Parameters(index = "0", paramLabel = "RUN", description = "Folder of the run.") Path run,
      @Option(
              names = "--rollout-workers",
              defaultValue = "1",
              description = "Rollout processes. Default: ${DEFAULT-VALUE}.")
          int workers)
      throws IOException, InterruptedException {
    require(workers);
    RunFolder folder = new RunFolder(run);
    String seed =
        ClusterFile.seed(folder)
            .orElseThrow(
                () ->
                    new ConfigException(
                        "RUN: " + run + " (expected: the folder of a run that is going on)"));
    ClusterTerminal terminal = terminal(false);
    LoadedExperiment loaded = ExperimentFiles.load(folder.experimentFile(), List.of());
    UnpackNotice.notice().ifPresent(terminal::say);
    MessageSize.requireFits(loaded, RunInputs.open(loaded));
    List<ClusterMember> members = new ArrayList<>();
    for (int i = 1; i <= workers; i++) {
      String name = "joined-" + ProcessHandle.current().pid() + "-" + i;
      members.add(worker(name, "rollout", folder, seed, terminal));
    }
    return supervise(
        members,
        terminal,
        "leaving the run ... (Ctrl-C once more ends at once)",
        "ended at once; others do what was begun here");
  }

  private static void require(int workers) {
    if (workers < 1) {
      throw new ConfigException("--rollout-workers: " + workers + " (expected: 1 or more)");
    }
  }

  private static ClusterTerminal terminal(boolean browser) {
    return new ClusterTerminal(System.out, Boolean.getBoolean("kelpie.terminal"), browser);
  }

  private static LoadedExperiment load(
      @Nullable Path file, @Nullable Path resume, @Nullable Path runDir, List<String> overrides) {
    if (resume == null && file == null) {
      throw new ConfigException(
          "CONFIG: missing (expected: an experiment file such as configs/quickstart.conf)");
    }
    if (resume != null && (file != null || runDir != null)) {
      throw new ConfigException("--resume: takes neither a file nor --run-dir");
    }
    if (resume != null && !Files.isRegularFile(new RunFolder(resume).experimentFile())) {
      throw new ConfigException(
          "--resume: " + resume + " (expected: a run folder, with experiment.conf in it)");
    }
    Path source = resume != null ? new RunFolder(resume).experimentFile() : file;
    if (source == null) {
      throw new IllegalStateException("no experiment");
    }
    // The launcher decides about processes, whatever the file says.
    List<String> changes = new ArrayList<>(overrides);
    changes.addAll(List.of("cluster.roles=[]", "cluster.seed=\"\""));
    return ExperimentFiles.load(source, changes);
  }

  private static ClusterMember worker(
      String name, String roles, RunFolder folder, String seed, ClusterTerminal terminal)
      throws IOException {
    return member(
        name,
        folder,
        terminal,
        List.of(
            "node",
            folder.root().toString(),
            "--roles",
            roles,
            "--name",
            name,
            "--seed",
            seed,
            "--tied"));
  }

  private static ClusterMember member(
      String name, RunFolder folder, ClusterTerminal terminal, List<String> arguments)
      throws IOException {
    Files.createDirectories(folder.logs());
    boolean leads = name.equals("learner");
    return new ClusterMember(
        name,
        KelpieProcess.command(
            leads ? KelpieProcess.LOGGED : KelpieProcess.LOGGED_QUICK_START, arguments),
        folder.logs().resolve(name + ".log"),
        leads,
        terminal);
  }

  private static int supervise(
      List<ClusterMember> members, ClusterTerminal terminal, String stopping, String endedAtOnce)
      throws InterruptedException {
    CountDownLatch ended = new CountDownLatch(1);
    ClusterSupervisor supervisor = new ClusterSupervisor(members, terminal);
    Thread stop =
        new Thread(
            () -> {
              SecondInterrupt.endsAtOnce(endedAtOnce, supervisor::kill);
              terminal.say(stopping);
              supervisor.stop();
              awaitEnd(ended);
            },
            "kelpie-stop");
    Runtime.getRuntime().addShutdownHook(stop);
    try (supervisor) {
      return supervisor.run();
    } finally {
      ended.countDown();
      InterruptHandler.remove(stop);
    }
  }

  private static void awaitEnd(CountDownLatch ended) {
    try {
      ended.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
