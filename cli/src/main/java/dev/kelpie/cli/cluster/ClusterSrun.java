package dev.kelpie.cli.cluster;

import dev.kelpie.cli.train.RunArguments;
import dev.kelpie.config.ConfigException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * {@code kelpie cluster srun}: runs an experiment on the nodes of a job of Slurm; its script starts
 * it on the first.
 */
@Command(
    name = "srun",
    hidden = true,
    description = {
      "Within a job of Slurm: start the learner and the rewards here, rollout workers on the other"
          + " nodes",
      "by srun. A process that dies is restarted."
    },
    footer = {"", "Example: kelpie cluster srun experiment.conf --nodes node-1,node-2"})
final class ClusterSrun implements Callable<Integer> {
  private static final String COMMAND = "cluster srun";

  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private RunArguments arguments = new RunArguments();

  @Option(
      names = "-D",
      paramLabel = "KEY=VALUE",
      description = "Change one value of the file; repeatable.")
  private List<String> overrides = new ArrayList<>();

  @Option(
      names = "--nodes",
      required = true,
      split = ",",
      paramLabel = "NODE",
      description = "Nodes of the job, this one first.")
  private List<String> nodes = new ArrayList<>();

  @Option(
      names = "--rollout-workers",
      defaultValue = "1",
      description =
          "Rollout processes on each node but the first, or on it where it is the only one."
              + " Default: ${DEFAULT-VALUE}.")
  private int workers;

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (workers < 1) {
      throw new ConfigException("--rollout-workers: " + workers + " (expected: 1 or more)");
    }
    if (Set.copyOf(nodes).size() < nodes.size()) {
      throw new ConfigException("--nodes: " + nodes + " (expected: each node once)");
    }
    ClusterTerminal terminal = ClusterTerminal.ofThisProcess(arguments.open());
    ClusterLaunch launch = ClusterLaunch.read(arguments, overrides, terminal);
    launch.check();
    ClusterLaunch.Started started = launch.start("kelpie " + COMMAND, spec.commandLine().getOut());
    List<ClusterMember> members = new ArrayList<>();
    members.add(started.learner());
    List<String> others = nodes.size() == 1 ? nodes : nodes.subList(1, nodes.size());
    for (String node : others) {
      for (int i = 0; i < workers; i++) {
        String name = "rollout-" + members.size();
        members.add(
            nodes.size() == 1
                ? started.worker(name, "rollout")
                : new OfNode(name, node, started, terminal));
      }
    }
    members.add(started.worker("reward", "reward,scoring"));
    return ClusterLaunch.superviseRun(members, terminal, COMMAND, started.folder(), () -> {});
  }

  /** A rollout worker on another node. Here it is srun, whose exit code is that of the process. */
  private static final class OfNode extends ClusterMember {
    private final String node;

    OfNode(String name, String node, ClusterLaunch.Started started, ClusterTerminal terminal)
        throws IOException {
      super(
          name,
          command(name, node, started),
          log(name, started),
          false,
          line -> {},
          line -> terminal.complaint(name + "@" + node, line));
      this.node = node;
    }

    private static Path log(String name, ClusterLaunch.Started started) throws IOException {
      return Files.createDirectories(started.folder().logs()).resolve(name + ".log");
    }

    private static List<String> command(String name, String node, ClusterLaunch.Started started) {
      List<String> words =
          new ArrayList<>(
              List.of(
                  "srun",
                  "--nodelist=" + node,
                  "--nodes=1",
                  "--ntasks=1",
                  "--overlap", // workers of a node share it
                  "--cpu-bind=none",
                  "--job-name=" + name));
      List<String> arguments =
          new ArrayList<>(
              ClusterLaunch.workerArguments(
                  name, "rollout", started.folder().root().toString(), started.seed()));
      arguments.addAll(List.of("--host", node));
      words.addAll(KelpieProcess.command(KelpieProcess.LOGGED_QUICK_START, arguments));
      return KelpieProcess.shielded(words);
    }

    @Override
    String place() {
      return node;
    }

    @Override
    boolean isHere() {
      return false;
    }
  }
}
