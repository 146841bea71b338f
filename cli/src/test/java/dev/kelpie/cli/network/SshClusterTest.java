package dev.kelpie.cli.network;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.kelpie.cli.LaunchedCluster;
import dev.kelpie.runs.FileTree;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * {@code kelpie cluster ssh} over three hosts with a real sshd each, encrypted: the learner on the
 * first, a rollout worker on each of the others.
 */
@Tag("cluster")
class SshClusterTest {
  private static VirtualHosts hosts;
  private static HostedQuickstart quickstart;

  @BeforeAll
  static void startHosts() throws Exception {
    hosts = VirtualHosts.start(3);
    quickstart = new HostedQuickstart(hosts);
  }

  @AfterAll
  static void endHosts() throws Exception {
    if (hosts != null) {
      hosts.close();
    }
  }

  @Test
  void weightsAreThoseOfOneProcessThoughAWorkerIsKilled() throws Exception {
    String experiment =
        quickstart.experiment("equal", "run.steps = 5, eval.samples = 64, checkpoint.every = 2");
    for (int number = 2; number <= 3; number++) {
      // another test may have brought it
      FileTree.delete(hosts.host(number).disk().resolve("kelpie/builds"));
    }
    long start = System.nanoTime();
    try (LaunchedCluster cluster = quickstart.start(experiment, "equal-run")) {
      cluster.awaitLine("step 1/");
      System.err.printf(
          Locale.ROOT,
          "three hosts by ssh: the first step was done %.1f s after the command, build copied%n",
          (System.nanoTime() - start) / 1e9);
      cluster.awaitLine("step 2/");
      ProcessHandle worker = HostedQuickstart.worker(hosts.host(2));
      worker.destroyForcibly();
      cluster.awaitLine("rollout-1 was killed by signal 9; started again (");
      assertThat(cluster.awaitEnd()).as(String.join("\n", cluster.lines())).isZero();
      assertThat(cluster.lines()).anyMatch(line -> line.startsWith("copying the build to "));
    }
    assertNothingIsLeft();
    JsonNode many = quickstart.summary("equal-run");
    assertThat(many.at("/policy-sha256").asText())
        .isNotEmpty()
        .isEqualTo(quickstart.alone("equal", 5).at("/policy-sha256").asText());
    assertThat(many.at("/ledger/clean").asBoolean()).as(many.toString()).isTrue();
    Path logs = hosts.host(1).disk().resolve("equal-run/logs");
    assertThat(logs.resolve("rollout-1.log")).isNotEmptyFile();
    assertThat(logs.resolve("rollout-2.log")).isNotEmptyFile();
  }

  @Test
  void killedLauncherLeavesNobodyOnAnyHost() throws Exception {
    String experiment =
        quickstart.experiment("endless", "run.steps = 100000, eval.path = \"\"", "reward = true");
    try (LaunchedCluster cluster = quickstart.start(experiment, "endless-run")) {
      cluster.awaitLine("step 2/");
      HostedQuickstart.worker(hosts.host(2));
      HostedQuickstart.worker(hosts.host(3));
      assertThat(HostedQuickstart.processes(hosts.host(3), "reward,scoring")).hasSize(1);
      assertThat(hosts.host(1).processes("dev.kelpie.cli.Kelpie ", " --roles ")).hasSize(1);
      for (ProcessHandle launcher : hosts.host(1).processes(" cluster ssh ")) {
        launcher.destroyForcibly();
      }
      quickstart.assertNobodyIsLeft();
    }
    JsonNode summary = quickstart.summary("endless-run");
    assertThat(summary.at("/ledger/clean").asBoolean()).as(summary.toString()).isTrue();
    assertThat(summary.at("/status").asText()).isEqualTo("stopped");
  }

  @Test
  void hostThatIsCutOffEndsItsWorkerAndComesBackAndCtrlCEndsAll() throws Exception {
    String experiment =
        quickstart.experiment(
            "cut",
            "run.steps = 100000, eval.path = \"\", cluster.rejoin-timeout = 20s,"
                + " rollout.unit-prompts = 1");
    VirtualHost third = hosts.host(3);
    try (LaunchedCluster cluster = quickstart.start(experiment, "cut-run")) {
      cluster.awaitLine("step 2/");
      ProcessHandle worker = HostedQuickstart.worker(third);
      third.cut(true);
      String name = "rollout-2@" + third.address();
      cluster.awaitLine(name + ": no connection: ");
      cluster.await("it ends by itself", () -> !worker.isAlive());
      int before = cluster.steps();
      cluster.await("steps without it", () -> cluster.steps() > before + 1);
      quickstart.renewCertificates();
      third.cut(false);
      cluster.awaitLine(name + ": connected again");
      cluster.awaitLine("new certificates are on " + third.address());
      cluster.await("it is back", () -> workers(third) == 1);
      int after = cluster.steps();
      cluster.await("steps with it", () -> cluster.steps() > after + 2);
      cluster.signal("INT");
      cluster.awaitLine("stopping after this step, then saving");
      cluster.awaitLine("stopped: ");
      cluster.awaitEnd();
    } finally {
      third.cut(false);
    }
    assertNothingIsLeft();
    JsonNode summary = quickstart.summary("cut-run");
    assertThat(summary.at("/ledger/clean").asBoolean()).as(summary.toString()).isTrue();
  }

  private static int workers(VirtualHost host) {
    try {
      return HostedQuickstart.processes(host, "rollout").size();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void assertNothingIsLeft() throws IOException {
    for (VirtualHost host : hosts.all()) {
      assertThat(host.processes("dev.kelpie")).as(host.address()).isEmpty();
    }
    for (int number = 2; number <= 3; number++) {
      Path runs = hosts.host(number).disk().resolve("kelpie/runs");
      assertThat(!Files.exists(runs) || runs.toFile().list().length == 0).as("" + runs).isTrue();
    }
  }

  @Test
  void whatAHostLacksIsNamedWithItBeforeAnythingStarts() throws Exception {
    String third = hosts.host(3).address();
    String reference = "algorithm.kl.coef = 0.1, run.steps = 1, eval.path = \"\"";
    assertThat(refusal(quickstart.experiment("reference", reference, "reward = true")))
        .startsWith("kelpie: cluster.hosts: " + third + ": has no " + hosts.disk())
        .contains("quickstart/policy (expected: what policy.path names, because a process there");
    assertThat(refusal(quickstart.experiment("java", "run.steps = 1", "java-home = \"/nowhere\"")))
        .startsWith(
            "kelpie: cluster.hosts: " + third + ": java-home: /nowhere has no bin/java (expected:");
    assertThat(refusal(quickstart.experiment("port", "run.steps = 1", "port = 23")))
        .startsWith("kelpie: cluster.hosts: " + third + ": ssh: connect to host " + third)
        .endsWith(" -p 23 " + third + " true)");
    assertNothingIsLeft();
  }

  /** The last line of a start that is refused and leaves no run folder. */
  private static String refusal(String experiment) throws Exception {
    try (LaunchedCluster cluster = quickstart.start(experiment, "refused")) {
      assertThat(cluster.awaitEnd()).as(cluster.lines().toString()).isEqualTo(2);
      cluster.await("its line", () -> !cluster.lines().isEmpty());
      assertThat(hosts.host(1).disk().resolve("refused")).doesNotExist();
      return cluster.lines().get(cluster.lines().size() - 1);
    }
  }
}
