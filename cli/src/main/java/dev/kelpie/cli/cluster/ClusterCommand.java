package dev.kelpie.cli.cluster;

import dev.kelpie.cli.check.MessageSize;
import dev.kelpie.cli.check.RunInputs;
import dev.kelpie.cli.terminal.ReadingLine;
import dev.kelpie.cli.terminal.UnpackNotice;
import dev.kelpie.cli.train.DataComparison;
import dev.kelpie.cli.train.PresentPolicy;
import dev.kelpie.cli.train.RunArguments;
import dev.kelpie.config.ConfigException;
import dev.kelpie.config.file.LoadedExperiment;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.rollout.ReadOptions;
import dev.kelpie.runs.ClusterFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
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
    description =
        "Run an experiment as several processes, on this machine or on several; look at live runs.",
    footer = {"", "Example: kelpie cluster local configs/quickstart.conf --rollout-workers 2"},
    subcommands = {
      ClusterK8s.class,
      ClusterSlurm.class,
      ClusterSrun.class,
      ClusterStatus.class,
      ClusterDrain.class,
      ClusterStop.class
    })
public final class ClusterCommand implements Runnable {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(),
        "cluster what? (expected: local, ssh, slurm, k8s, join, certificates, status, drain or"
            + " stop)");
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
    ClusterTerminal terminal = ClusterTerminal.ofThisProcess(arguments.open());
    ClusterLaunch launch = ClusterLaunch.read(arguments, given(overrides), terminal);
    launch.check();
    ClusterLaunch.Started started =
        launch.start("kelpie cluster local", spec.commandLine().getOut());
    List<ClusterMember> members = new ArrayList<>();
    members.add(started.learner());
    for (int i = 1; i <= workers; i++) {
      members.add(started.worker("rollout-" + i, "rollout"));
    }
    members.add(started.worker("reward", "reward,scoring"));
    return ClusterLaunch.superviseRun(
        members, terminal, "cluster local", started.folder(), () -> {});
  }

  @Command(
      name = "ssh",
      description = {
        "Start a learner here and the processes that cluster.hosts names on other machines, by"
            + " OpenSSH.",
        "A machine needs Java 17 and a login without a password; it is sent this build once. A"
            + " process",
        "that dies is restarted. Ctrl-C finishes the current step, saves, and ends all processes."
      },
      footer = {
        "",
        "Example: kelpie cluster ssh experiment.conf",
        "Example: kelpie cluster ssh --resume runs/quickstart-20260102-030405"
      })
  int ssh(
      @Mixin RunArguments arguments,
      @Option(
              names = "-D",
              paramLabel = "KEY=VALUE",
              description = "Change one value of the file; repeatable.")
          @Nullable List<String> overrides)
      throws IOException, InterruptedException {
    ClusterTerminal terminal = ClusterTerminal.ofThisProcess(arguments.open());
    return HostedLaunch.run(
        ClusterLaunch.read(arguments, given(overrides), terminal),
        terminal,
        spec.commandLine().getOut());
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
    ClusterTerminal terminal = ClusterTerminal.ofThisProcess(false);
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
      members.add(ClusterLaunch.worker(name, "rollout", folder, seed, terminal));
    }
    return ClusterLaunch.supervise(
        members,
        Optional.empty(),
        terminal,
        "leaving the run ... (Ctrl-C once more ends at once)",
        "ended at once; others do what was begun here",
        () -> {});
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

  private static List<String> given(@Nullable List<String> overrides) {
    return overrides == null ? List.of() : overrides;
  }
}
