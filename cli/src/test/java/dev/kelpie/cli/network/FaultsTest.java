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
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Faults of processes, hosts and links, each provoked {@code -Dkelpie.faults.times} times (10)
 * within a run of its own over three hosts. Each run ends with the weights of one process that
 * nobody disturbs, its ledger is clean, and no process is left.
 */
@Tag("chaos")
@Timeout(value = 40, unit = TimeUnit.MINUTES)
class FaultsTest {
  private static final int TIMES = Integer.getInteger("kelpie.faults.times", 10);
  private static final Duration BETWEEN = Duration.ofSeconds(1);
  private static VirtualHosts hosts;
  private static HostedQuickstart quickstart;

  @BeforeAll
  static void startHosts() throws Exception {
    hosts = VirtualHosts.start(3, "tc", "nft");
    quickstart = new HostedQuickstart(hosts);
  }

  @AfterAll
  static void endHosts() throws Exception {
    if (hosts != null) {
      hosts.close();
    }
  }

  /** What is done to a run, once; returns when the fault has passed. */
  @FunctionalInterface
  private interface Fault {
    void provoke(LaunchedCluster cluster, int number) throws Exception;
  }

  /**
   * Provokes a fault again and again.
   *
   * @param most time from the end of a fault to a step that began after it
   */
  private static void survive(String name, Duration most, Fault fault) throws Exception {
    String experiment =
        quickstart.experiment(
            name,
            "run.steps = 100000, eval.path = \"\", checkpoint.every = 2, dashboard.enabled ="
                + " false\n"
                + "rollout.prompts-per-step = 4");
    List<Double> seconds = new ArrayList<>();
    long steps;
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
      cluster.signal("INT");
      cluster.awaitLine("stopped: ");
      cluster.awaitEnd();
      System.out.printf(
          Locale.ROOT,
          "%s, %d times: a step %.1f s after it, at most %.1f s%n",
          name,
          TIMES,
          seconds.stream().sorted().skip(TIMES / 2).findFirst().orElse(0.0),
          Collections.max(seconds));
    }
    quickstart.assertNobodyIsLeft();
    JsonNode summary = quickstart.summary(name + "-run");
    assertThat(summary.at("/ledger/clean").asBoolean()).as(summary.toString()).isTrue();
    steps = summary.at("/steps").asLong();
    assertThat(summary.at("/policy-sha256").asText())
        .isNotEmpty()
        .isEqualTo(quickstart.alone(name, steps).at("/policy-sha256").asText());
    assertThat(Collections.max(seconds)).isLessThan(most.toMillis() / 1000.0);
  }

  private static void pause(Duration time) {
    long end = System.nanoTime() + time.toNanos();
    for (long left = time.toNanos(); left > 0; left = end - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }

  private static void stopped(ProcessHandle process, Duration time) throws Exception {
    LaunchedCluster.signal("STOP", process.pid());
    pause(time);
    LaunchedCluster.signal("CONT", process.pid());
  }

  private static ProcessHandle learner() throws IOException {
    List<ProcessHandle> found = HostedQuickstart.processes(hosts.host(1), "learner");
    assertThat(found).hasSize(1);
    return found.get(0);
  }

  private static ProcessHandle reward() throws IOException {
    List<ProcessHandle> found = HostedQuickstart.processes(hosts.host(1), "reward,scoring");
    assertThat(found).hasSize(1);
    return found.get(0);
  }

  @Test
  void killedWorker() throws Exception {
    survive(
        "killed-worker",
        Duration.ofSeconds(20),
        (cluster, number) -> HostedQuickstart.worker(hosts.host(2 + number % 2)).destroyForcibly());
  }

  @Test
  void killedLearner() throws Exception {
    survive(
        "killed-learner", Duration.ofSeconds(30), (cluster, number) -> learner().destroyForcibly());
  }

  @Test
  void killedReward() throws Exception {
    survive(
        "killed-reward", Duration.ofSeconds(30), (cluster, number) -> reward().destroyForcibly());
  }

  @Test
  void workerThatStandsStillForAMinute() throws Exception {
    survive(
        "stopped-worker",
        Duration.ofSeconds(20),
        (cluster, number) ->
            stopped(HostedQuickstart.worker(hosts.host(2 + number % 2)), Duration.ofMinutes(1)));
  }

  @Test
  void learnerThatStandsStillForAMinute() throws Exception {
    survive(
        "stopped-learner",
        Duration.ofSeconds(30),
        (cluster, number) -> stopped(learner(), Duration.ofMinutes(1)));
  }

  @Test
  void hostThatIsCutOff() throws Exception {
    survive(
        "cut-off",
        Duration.ofSeconds(20),
        (cluster, number) -> {
          VirtualHost host = hosts.host(2 + number % 2);
          host.cut(true);
          pause(Duration.ofSeconds(20));
          host.cut(false);
        });
  }

  @Test
  void allWorkersGoneForAMinute() throws Exception {
    survive(
        "alone",
        Duration.ofSeconds(40),
        (cluster, number) -> {
          hosts.host(2).cut(true);
          hosts.host(3).cut(true);
          pause(Duration.ofMinutes(1));
          hosts.host(2).cut(false);
          hosts.host(3).cut(false);
        });
  }

  @Test
  void hostThatLosesItsPowerAndComesBack() throws Exception {
    survive(
        "power",
        Duration.ofSeconds(40),
        (cluster, number) -> {
          VirtualHost host = hosts.host(2 + number % 2);
          host.powerOff();
          pause(Duration.ofSeconds(5));
          host.startSshd();
        });
  }

  @Test
  void slowLink() throws Exception {
    survive(
        "slow-link",
        Duration.ofSeconds(60),
        (cluster, number) -> {
          VirtualHost host = hosts.host(2 + number % 2);
          VirtualHosts.run(
              "tc",
              "qdisc",
              "add",
              "dev",
              host.link(),
              "root",
              "tbf",
              "rate",
              "8mbit",
              "burst",
              "32k",
              "latency",
              "200ms");
          pause(Duration.ofSeconds(15));
          VirtualHosts.run("tc", "qdisc", "delete", "dev", host.link(), "root");
        });
  }

  @Test
  void linkThatLosesOneInTwentyPackets() throws Exception {
    survive(
        "loss",
        Duration.ofSeconds(60),
        (cluster, number) -> {
          VirtualHost host = hosts.host(2 + number % 2);
          String table = hosts.name();
          VirtualHosts.run("nft", "add", "table", "bridge", table);
          VirtualHosts.run(
              "nft", "add chain bridge " + table + " f { type filter hook forward priority 0 ; }");
          for (String side : List.of("iifname", "oifname")) {
            VirtualHosts.run(
                "nft",
                "add rule bridge "
                    + table
                    + " f "
                    + side
                    + " "
                    + host.link()
                    + " numgen random mod 100 < 5 drop");
          }
          pause(Duration.ofSeconds(15));
          VirtualHosts.run("nft", "delete", "table", "bridge", table);
        });
  }
}
