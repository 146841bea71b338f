package dev.kelpie.cli.cluster;

import dev.kelpie.cli.check.HostCertificates;
import dev.kelpie.cli.check.MessageSize;
import dev.kelpie.cli.check.Preflight;
import dev.kelpie.cli.check.RunInputs;
import dev.kelpie.cli.terminal.ReadingLine;
import dev.kelpie.cli.terminal.StopHook;
import dev.kelpie.cli.terminal.UnpackNotice;
import dev.kelpie.cli.train.DataComparison;
import dev.kelpie.cli.train.NewRun;
import dev.kelpie.cli.train.Ports;
import dev.kelpie.cli.train.PresentPolicy;
import dev.kelpie.cli.train.RunArguments;
import dev.kelpie.config.ConfigException;
import dev.kelpie.config.file.LoadedExperiment;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.rollout.ReadOptions;
import dev.kelpie.runs.ClusterFile;
import dev.kelpie.runs.RunLock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code kelpie cluster}: runs an experiment as several processes and restarts those that die. */
@Command(
    name = "cluster",
    description = "Run an experiment as several processes on this machine; look at live runs.",
    footer = {"", "Example: kelpie cluster local configs/quickstart.conf --rollout-workers 2"},
    subcommands = {ClusterStatus.class, ClusterDrain.class, ClusterStop.class})
public final class ClusterCommand implements Runnable {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(),
        "cluster what? (expected: local, join, certificates, status, drain or stop)");
  }

  @Command(
      name = "local",
      description = {
        "Start a learner, rollout workers and a reward process, each in its own JVM. A process"
            + " that",
        "dies is restarted. Ctrl-C finishes the current step, saves, and ends all processes."
      },
      footer = {
        "",
        "Example: kelpie cluster local configs/quickstart.conf --rollout-workers 2",
        "Example: kelpie cluster local --resume runs/quickstart-20260102-030405"
      })
  int local(
      @Mixin RunArguments arguments,
      @Option(
              names = "--rollout-workers",
              defaultValue = "1",
              description = "Rollout processes. Default: ${DEFAULT-VALUE}.")
          int workers,
      @Option(
              names = "-D",
              paramLabel = "KEY=VALUE",
              description = "Change one value of the file; repeatable.")
          @Nullable List<String> overrides)
      throws IOException, InterruptedException {
    require(workers);
    List<String> changes = new ArrayList<>(overrides == null ? List.of() : overrides);
    // The launcher decides about processes, whatever the file says.
    changes.addAll(List.of("cluster.roles=[]", "cluster.seed=\"\""));
    LoadedExperiment loaded = arguments.load(changes, "");
    LoadedExperiment startable = arguments.startable(loaded, changes);
    ClusterTerminal terminal = terminal(arguments.open());
    // Wrong input is reported once, here, and not by each process.
    Preflight.engine(loaded);
    HostCertificates.require(loaded.experiment());
    UnpackNotice.notice().ifPresent(terminal::say);
    RunInputs.requireRoom(startable);
    RunFolder folder;
    try (RunInputs parts = arguments.inputs(startable, spec.commandLine().getOut())) {
      MessageSize.requireFits(loaded, parts);
      folder = arguments.folder(loaded, "kelpie cluster local");
      // The learner's process takes the lock and keeps it.
      try (RunLock lock = RunLock.take(folder)) {
        NewRun.record(folder, loaded);
        DataComparison.record(folder, parts);
      }
    }
    terminal.say(arguments.announcement(folder) + ", logs of all processes in logs/");
    String host = loaded.experiment().cluster().host();
    List<Integer> ports = Ports.free(host, 2);
    String port = String.valueOf(ports.get(0));
    String bulkPort = String.valueOf(ports.get(1));
    String seed = host + ":" + port;
    String root = folder.root().toString();
    List<String> learner =
        new ArrayList<>(List.of("train", "--resume", root, "--roles", "learner"));
    learner.addAll(List.of("--port", port, "--bulk-port", bulkPort, "--tied"));
    learner.addAll(arguments.forwarded());
    List<ClusterMember> members = new ArrayList<>();
    members.add(member("learner", folder, terminal, learner));
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
    LoadedExperiment loaded = PresentPolicy.load(folder, List.of());
    UnpackNotice.notice().ifPresent(terminal::say);
    ReadOptions reading =
        DataComparison.reading(Optional.of(run), ReadingLine.on(spec.commandLine().getOut()));
    try (RunInputs parts = RunInputs.open(loaded, reading)) {
      MessageSize.requireFits(loaded, parts);
    }
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

  @Command(
      name = "certificates",
      description = {
        "Make certificates by which the hosts of a cluster know each other, and the authority that",
        "signs them where there is none. Run again, it renews them; live processes take the new"
            + " ones."
      },
      footer = {"", "Example: kelpie cluster certificates --out certificates 10.0.0.7 10.0.0.8"})
  int certificates(
      @Parameters(
              arity = "1..*",
              paramLabel = "HOST",
              description = "Names or addresses of hosts, as others connect to them.")
          List<String> hosts,
      @Option(
              names = "--out",
              paramLabel = "DIR",
              defaultValue = "certificates",
              description = "Folder to write to. Default: ${DEFAULT-VALUE}.")
          Path folder,
      @Option(
              names = "--days",
              paramLabel = "N",
              defaultValue = "365",
              description = "How long they are valid. Default: ${DEFAULT-VALUE}.")
          int days)
      throws IOException {
    Certificates.make(hosts, folder, days, spec.commandLine().getOut());
    return 0;
  }

  private static void require(int workers) {
    if (workers < 1) {
      throw new ConfigException("--rollout-workers: " + workers + " (expected: 1 or more)");
    }
  }

  private static ClusterTerminal terminal(boolean browser) {
    return new ClusterTerminal(System.out, Boolean.getBoolean("kelpie.terminal"), browser);
  }

  private static ClusterMember worker(
      String name, String roles, RunFolder folder, String seed, ClusterTerminal terminal)
      throws IOException {
    String root = folder.root().toString();
    return member(
        name,
        folder,
        terminal,
        List.of("node", root, "--roles", roles, "--name", name, "--seed", seed, "--tied"));
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
    StopHook hook =
        StopHook.add(
            () -> {
              terminal.say(stopping);
              supervisor.stop();
            },
            ended,
            endedAtOnce,
            supervisor::kill);
    try (supervisor) {
      return supervisor.run();
    } finally {
      ended.countDown();
      hook.remove();
    }
  }
}
