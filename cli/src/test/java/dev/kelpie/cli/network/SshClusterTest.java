package dev.kelpie.cli.network;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.kelpie.cli.CommandLineRun;
import dev.kelpie.cli.KelpieJvm;
import dev.kelpie.cli.LaunchedCluster;
import dev.kelpie.cli.Shipped;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
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

  @BeforeAll
  static void startHosts() throws Exception {
    hosts = VirtualHosts.start(3);
    Path first = hosts.host(1).disk();
    copy(Path.of(Shipped.quickstart()).resolveSibling("quickstart"), first.resolve("quickstart"));
    for (String file : List.of("base.conf", "quickstart.conf")) {
      Files.copy(Path.of(Shipped.quickstart()).resolveSibling(file), first.resolve(file));
    }
    renewCertificates();
  }

  private static void renewCertificates() {
    Path tls = hosts.host(1).disk().resolve("tls");
    List<String> words =
        new ArrayList<>(List.of("cluster", "certificates", "--out", tls.toString()));
    hosts.all().forEach(host -> words.add(host.address()));
    assertThat(CommandLineRun.of(words.toArray(String[]::new)).code()).isZero();
  }

  @AfterAll
  static void endHosts() throws Exception {
    if (hosts != null) {
      hosts.close();
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> all = Files.walk(from)) {
      for (Path path : all.toList()) {
        Files.copy(path, to.resolve(from.relativize(path)), StandardCopyOption.REPLACE_EXISTING);
      }
    }
  }

  @Test
  void weightsAreThoseOfOneProcessThoughAWorkerIsKilled() throws Exception {
    String experiment =
        experiment("equal", "run.steps = 5, eval.samples = 64, checkpoint.every = 2");
    Path there = hosts.disk().resolve("equal-run");
    long start = System.nanoTime();
    try (LaunchedCluster cluster = ssh(experiment, "--run-dir", there.toString())) {
      cluster.awaitLine("step 1/");
      System.err.printf(
          Locale.ROOT,
          "three hosts by ssh: the first step was done %.1f s after the command, build copied%n",
          (System.nanoTime() - start) / 1e9);
      cluster.awaitLine("step 2/");
      ProcessHandle worker = onlyWorker(hosts.host(2));
      worker.destroyForcibly();
      cluster.awaitLine("rollout-1 was killed by signal 9; started again (");
      assertThat(cluster.awaitEnd()).as(String.join("\n", cluster.lines())).isZero();
      assertThat(cluster.lines()).anyMatch(line -> line.startsWith("copying the build to "));
    }
    assertNothingIsLeft();
    JsonNode many = summary(hosts.host(1).disk().resolve("equal-run"));
    Path alone = hosts.host(1).disk().resolve("alone");
    CommandLineRun one =
        CommandLineRun.of(
            "train",
            hosts.host(1).disk().resolve("equal.conf").toString(),
            "--run-dir",
            alone.toString(),
            "-D",
            "cluster.host=127.0.0.1",
            "-D",
            "cluster.tls-path=",
            "-D",
            "dashboard.enabled=false");
    assertThat(one.code()).as(one.err()).isZero();
    assertThat(many.at("/policy-sha256").asText())
        .isNotEmpty()
        .isEqualTo(summary(alone).at("/policy-sha256").asText());
    assertThat(many.at("/ledger/clean").asBoolean()).as(many.toString()).isTrue();
    Path logs = hosts.host(1).disk().resolve("equal-run/logs");
    assertThat(logs.resolve("rollout-1.log")).isNotEmptyFile();
    assertThat(logs.resolve("rollout-2.log")).isNotEmptyFile();
  }

  private static JsonNode summary(Path run) throws IOException {
    return JsonMapper.builder().build().readTree(run.resolve("summary.json").toFile());
  }

  @Test
  void killedLauncherLeavesNobodyOnAnyHost() throws Exception {
    String experiment =
        experiment("endless", "run.steps = 100000, eval.path = \"\"", "reward = true");
    Path there = hosts.disk().resolve("endless-run");
    try (LaunchedCluster cluster = ssh(experiment, "--run-dir", there.toString())) {
      cluster.awaitLine("step 2/");
      onlyWorker(hosts.host(2));
      onlyWorker(hosts.host(3));
      assertThat(hosts.host(3).processes(" --roles reward,scoring ")).hasSize(1);
      assertThat(hosts.host(1).processes(" --roles ")).hasSize(1);
      for (ProcessHandle launcher : hosts.host(1).processes(" cluster ssh ")) {
        launcher.destroyForcibly();
      }
      for (VirtualHost host : hosts.all()) {
        VirtualHost.await(
            "nothing runs on " + host.address(), () -> host.processes("dev.kelpie").isEmpty());
      }
    }
    JsonNode summary = summary(hosts.host(1).disk().resolve("endless-run"));
    assertThat(summary.at("/ledger/clean").asBoolean()).as(summary.toString()).isTrue();
    assertThat(summary.at("/status").asText()).isEqualTo("stopped");
  }

  @Test
  void hostThatIsCutOffEndsItsWorkerAndComesBackAndCtrlCEndsAll() throws Exception {
    String experiment =
        experiment(
            "cut",
            "run.steps = 100000, eval.path = \"\", cluster.rejoin-timeout = 20s,"
                + " rollout.unit-prompts = 1");
    Path there = hosts.disk().resolve("cut-run");
    VirtualHost third = hosts.host(3);
    try (LaunchedCluster cluster = ssh(experiment, "--run-dir", there.toString())) {
      cluster.awaitLine("step 2/");
      ProcessHandle worker = onlyWorker(third);
      third.cut(true);
      String name = "rollout-2@" + third.address();
      cluster.awaitLine(name + ": no connection: ");
      cluster.await("it ends by itself", () -> !worker.isAlive());
      int before = cluster.steps();
      cluster.await("steps without it", () -> cluster.steps() > before + 1);
      renewCertificates();
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
    }
    assertNothingIsLeft();
    JsonNode summary = summary(hosts.host(1).disk().resolve("cut-run"));
    assertThat(summary.at("/ledger/clean").asBoolean()).as(summary.toString()).isTrue();
  }

  private static int workers(VirtualHost host) {
    try {
      return host.processes(" --roles rollout ").size();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static ProcessHandle onlyWorker(VirtualHost host) throws IOException {
    List<ProcessHandle> workers = host.processes(" --roles rollout ");
    assertThat(workers).hasSize(1);
    return workers.get(0);
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
    assertThat(refusal(experiment("reference", reference, "reward = true")))
        .startsWith("kelpie: cluster.hosts: " + third + ": has no " + hosts.disk())
        .contains("quickstart/policy (expected: what policy.path names, because a process there");
    assertThat(refusal(experiment("java", "run.steps = 1", "java-home = \"/nowhere\"")))
        .startsWith(
            "kelpie: cluster.hosts: " + third + ": java-home: /nowhere has no bin/java (expected:");
    assertThat(refusal(experiment("port", "run.steps = 1", "port = 23")))
        .startsWith("kelpie: cluster.hosts: " + third + ": ssh: connect to host " + third)
        .endsWith(" -p 23 " + third + " true)");
    assertNothingIsLeft();
  }

  /** The last line of a start that is refused and leaves no run folder. */
  private static String refusal(String experiment) throws Exception {
    Path run = hosts.disk().resolve("refused");
    try (LaunchedCluster cluster = ssh(experiment, "--run-dir", run.toString())) {
      assertThat(cluster.awaitEnd()).as(cluster.lines().toString()).isEqualTo(2);
      cluster.await("its line", () -> !cluster.lines().isEmpty());
      assertThat(hosts.host(1).disk().resolve("refused")).doesNotExist();
      return cluster.lines().get(cluster.lines().size() - 1);
    }
  }

  private static String experiment(String name, String more) throws IOException {
    return experiment(name, more, "rollout-workers = 1");
  }

  /** Writes an experiment on the first host; returns its path there. */
  private static String experiment(String name, String more, String third) throws IOException {
    String options =
        hosts.sshOptions().stream()
            .map(word -> '"' + word + '"')
            .collect(Collectors.joining(", ", "[", "]"));
    String others =
        Stream.of(2, 3)
            .map(
                i ->
                    String.format(
                        "{ host = \"%s\", folder = \"%s\", ssh-options = %s, %s }",
                        hosts.host(i).address(),
                        hosts.disk() + "/kelpie",
                        options,
                        i == 3 ? third : "rollout-workers = 1"))
            .collect(Collectors.joining(", "));
    Files.writeString(
        hosts.host(1).disk().resolve(name + ".conf"),
        String.format(
            "include required(\"quickstart.conf\")%nrollout.threads = 1%n"
                + "cluster { host = \"%s\", tls-path = tls, hosts = [%s] }%n%s%n",
            hosts.host(1).address(), others, more));
    return hosts.disk().resolve(name + ".conf").toString();
  }

  private static LaunchedCluster ssh(String experiment, String... more) throws IOException {
    List<String> command =
        KelpieJvm.command(
            "-Xmx512m",
            "-Dai.djl.offline=true",
            "-Dkelpie.home=" + Path.of("..").toAbsolutePath().normalize());
    command.addAll(List.of("cluster", "ssh", experiment));
    command.addAll(List.of(more));
    return LaunchedCluster.start(hosts.host(1).command(command));
  }
}
