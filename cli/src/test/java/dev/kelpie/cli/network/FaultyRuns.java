package dev.kelpie.cli.network;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.kelpie.cli.LaunchedCluster;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.locks.LockSupport;

/**
 * Runs over three hosts in which a fault is provoked {@code -Dkelpie.faults.times} times (10). Each
 * ends with the weights of one process that nobody disturbs, its ledger is clean, and no process is
 * left.
 */
final class FaultyRuns implements AutoCloseable {
  static final int TIMES = Integer.getInteger("kelpie.faults.times", 10);
  private static final Duration BETWEEN = Duration.ofSeconds(1);
  private static final String CHANGES =
      "run.steps = 100000, eval.path = \"\", checkpoint.every = 2, dashboard.enabled = false\n"
          + "rollout.prompts-per-step = 4";

  private final VirtualHosts hosts;
  private final HostedQuickstart quickstart;

  /**
   * @param disk MiB that a host's disk holds; 0: as much as this machine
   * @param tools that the faults need beside those of the hosts
   */
  FaultyRuns(int disk, String... tools) throws Exception {
    hosts = VirtualHosts.start(3, disk, tools);
    try {
      quickstart = new HostedQuickstart(hosts);
    } catch (Exception | Error e) {
      hosts.close();
      throw e;
    }
  }

  VirtualHosts hosts() {
    return hosts;
  }

  /** Host 2 or 3 in turns: those that have a rollout worker each. */
  VirtualHost workerHost(int number) {
    return hosts.host(2 + number % 2);
  }

  /** What is done to a run, once; returns when the fault has passed. */
  @FunctionalInterface
  interface Fault {
    void provoke(LaunchedCluster cluster, int number) throws Exception;
  }

  /**
   * Provokes a fault again and again.
   *
   * @param most time from the end of a fault to the end of a step that began after it
   */
  void survive(String name, Duration most, Fault fault) throws Exception {
    String experiment = quickstart.experiment(name, CHANGES);
    List<Double> seconds = new ArrayList<>();
    try (LaunchedCluster cluster = quickstart.start(experiment, name + "-run")) {
      cluster.awaitLine("step 2/");
      for (int i = 0; i < TIMES; i++) {
        pause(BETWEEN);
        fault.provoke(cluster, i);
        long passed = System.nanoTime();
        int seen = cluster.steps();
        // what was under way may complete one step
        cluster.await(name + " " + (i + 1), () -> cluster.steps() > seen + 1);
        seconds.add((System.nanoTime() - passed) / 1e9);
      }
      cluster.signal("TERM"); // what is started in the background may ignore Ctrl-C
      cluster.awaitLine("stopped: ");
      cluster.awaitEnd();
    }
    check(name, seconds, most);
  }

  /** Kills the launcher again and again, and resumes the run each time. */
  void surviveKilledLaunchers(String name, Duration most) throws Exception {
    String experiment = quickstart.experiment(name, CHANGES);
    List<Double> seconds = new ArrayList<>();
    for (int i = 0; i <= TIMES; i++) {
      long start = System.nanoTime();
      try (LaunchedCluster cluster =
          i == 0 ? quickstart.start(experiment, name + "-run") : quickstart.resume(name + "-run")) {
        cluster.await(name + " " + i, () -> cluster.steps() > 1);
        if (i > 0) {
          seconds.add((System.nanoTime() - start) / 1e9);
        }
        cluster.signal(i < TIMES ? "KILL" : "TERM");
        if (i == TIMES) {
          cluster.awaitEnd();
        }
        quickstart.assertNobodyIsLeft();
      }
    }
    check(name, seconds, most);
  }

  private void check(String name, List<Double> seconds, Duration most) throws Exception {
    System.err.printf(
        Locale.ROOT,
        "%s, %d times: two steps were done %.1f s after it, at most %.1f s: %s%n",
        name,
        TIMES,
        seconds.stream().sorted().skip(TIMES / 2).findFirst().orElse(0.0),
        Collections.max(seconds),
        seconds.stream().map(time -> String.format(Locale.ROOT, "%.1f", time)).toList());
    quickstart.assertNobodyIsLeft();
    JsonNode summary = quickstart.summary(name + "-run");
    assertThat(summary.at("/ledger/clean").asBoolean()).as(summary.toString()).isTrue();
    long steps = summary.at("/steps").asLong();
    assertThat(summary.at("/policy-sha256").asText())
        .isNotEmpty()
        .isEqualTo(quickstart.alone(name, steps).at("/policy-sha256").asText());
    assertThat(Collections.max(seconds)).isLessThan(most.toMillis() / 1000.0);
  }

  static void pause(Duration time) {
    long end = System.nanoTime() + time.toNanos();
    for (long left = time.toNanos(); left > 0; left = end - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }

  /** Stops a process and lets it go on. */
  static void stopped(ProcessHandle process, Duration time) throws Exception {
    LaunchedCluster.signal("STOP", process.pid());
    pause(time);
    LaunchedCluster.signal("CONT", process.pid());
  }

  ProcessHandle learner() throws IOException {
    return only("learner");
  }

  ProcessHandle reward() throws IOException {
    return only("reward,scoring");
  }

  private ProcessHandle only(String roles) throws IOException {
    VirtualHost.await(
        "a process of " + roles,
        () -> HostedQuickstart.processes(hosts.host(1), roles).size() == 1);
    return HostedQuickstart.processes(hosts.host(1), roles).get(0);
  }

  @Override
  public void close() throws IOException, InterruptedException {
    hosts.close();
  }
}
