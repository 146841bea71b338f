package dev.kelpie.cli.cluster;

import dev.kelpie.cli.cluster.ssh.HostedRun;
import dev.kelpie.cli.cluster.ssh.RenewedFiles;
import dev.kelpie.cli.cluster.ssh.RunHosts;
import dev.kelpie.config.ClusterOptions;
import dev.kelpie.config.ConfigException;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.hosts.HostOptions;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;

/**
 * A run on the machines of {@code cluster.hosts}: the learner is on this one, and so is the reward
 * process unless one of them has it; all others are reached by ssh.
 */
final class HostedLaunch {
  private static final String COMMAND = "cluster ssh";
  private static final String REWARD_ROLES = "reward,scoring";

  private final ClusterLaunch launch;
  private final ClusterTerminal terminal;
  private final List<HostOptions> hosts;

  private HostedLaunch(ClusterLaunch launch, ClusterTerminal terminal, List<HostOptions> hosts) {
    this.launch = launch;
    this.terminal = terminal;
    this.hosts = hosts;
  }

  /** Runs it to its end, and returns the exit code. */
  static int run(ClusterLaunch launch, ClusterTerminal terminal, PrintWriter out)
      throws IOException, InterruptedException {
    List<HostOptions> hosts = HostOptions.all(launch.loaded().experiment());
    requireReachable(launch.loaded().experiment(), hosts);
    return new HostedLaunch(launch, terminal, hosts).run(out);
  }

  /** Checks that there are machines, and that they and this one know each other. */
  private static void requireReachable(Experiment experiment, List<HostOptions> hosts) {
    ClusterOptions cluster = experiment.cluster();
    if (hosts.isEmpty()) {
      throw new ConfigException(
          "cluster.hosts: none (expected: the machines of the run, such as [{ host = 10.0.0.8,"
              + " rollout-workers = 1 }]; kelpie cluster local starts all processes here)");
    }
    List<String> outside =
        hosts.stream()
            .map(HostOptions::host)
            .filter(host -> !ClusterOptions.isLoopback(host))
            .toList();
    if (outside.isEmpty()) {
      return;
    }
    if (cluster.tlsPath().isEmpty()) {
      boolean unknown = ClusterOptions.isLoopback(cluster.host());
      String here = unknown ? "THIS-HOST" : cluster.host();
      throw new ConfigException(
          "cluster.hosts: "
              + String.join(", ", outside)
              + " (expected: certificates, because nothing is encrypted; first ./kelpie cluster"
              + " certificates --out certificates "
              + here
              + " "
              + String.join(" ", outside)
              + ", then -D cluster.tls-path=certificates"
              + (unknown ? " -D cluster.host=" + here : "")
              + ")");
    }
    if (ClusterOptions.isLoopback(cluster.host())) {
      throw new ConfigException(
          "cluster.host: "
              + cluster.host()
              + " (expected: the address of this machine by which "
              + outside.get(0)
              + " reaches it)");
    }
  }

  private boolean isHere(HostOptions host) {
    return host.ssh().isEmpty() && host.host().equals(cluster().host());
  }

  private ClusterOptions cluster() {
    return launch.loaded().experiment().cluster();
  }

  private int run(PrintWriter out) throws IOException, InterruptedException {
    List<HostOptions> others = hosts.stream().filter(host -> !isHere(host)).toList();
    CompletableFuture<RunHosts> prepared = prepared(others);
    launch.check();
    RunHosts machines = prepared.join();
    ClusterLaunch.Started started = launch.start("kelpie " + COMMAND, out);
    List<HostedRun> runs = machines.provide(started.folder(), launch.startable());
    terminal.say(
        "hosts: " + hosts.stream().map(HostOptions::host).collect(Collectors.joining(", ")));
    RenewedFiles renewed = RenewedFiles.watch(runs, terminal::say);
    return ClusterLaunch.superviseRun(
        members(started, runs),
        terminal,
        COMMAND,
        started.folder(),
        () -> {
          renewed.close();
          machines.forget(runs);
        });
  }

  /** The other machines, looked at while this one is. */
  private CompletableFuture<RunHosts> prepared(List<HostOptions> others) {
    CompletableFuture<RunHosts> machines = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                machines.complete(RunHosts.prepare(others, launch.startable(), terminal::say));
              } catch (IOException | RuntimeException e) {
                machines.completeExceptionally(e);
              }
            },
            "kelpie-prepares-hosts");
    thread.setDaemon(true);
    thread.start();
    return machines;
  }

  private List<ClusterMember> members(ClusterLaunch.Started started, List<HostedRun> runs)
      throws IOException {
    Map<String, HostedRun> byHost = new HashMap<>();
    runs.forEach(run -> byHost.put(run.host(), run));
    List<ClusterMember> members = new ArrayList<>();
    members.add(started.learner());
    int number = 0;
    for (HostOptions host : hosts) {
      for (int i = 0; i < host.rolloutWorkers(); i++) {
        number++;
        members.add(member("rollout-" + number, "rollout", host, byHost, started));
      }
      if (host.reward()) {
        members.add(member("reward", REWARD_ROLES, host, byHost, started));
      }
    }
    if (hosts.stream().noneMatch(HostOptions::reward)) {
      members.add(started.worker("reward", REWARD_ROLES));
    }
    return members;
  }

  private ClusterMember member(
      String name,
      String roles,
      HostOptions host,
      Map<String, HostedRun> byHost,
      ClusterLaunch.Started started)
      throws IOException {
    HostedRun run = byHost.get(host.host());
    if (run == null) {
      return started.worker(name, roles);
    }
    Path log = started.folder().logs().resolve(name + ".log");
    List<String> arguments =
        ClusterLaunch.workerArguments(name, roles, run.folder(), started.seed());
    return RemoteMember.of(name, run, arguments, log, terminal);
  }
}
