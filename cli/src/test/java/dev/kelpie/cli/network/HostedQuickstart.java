package dev.kelpie.cli.network;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.kelpie.cli.CommandLineRun;
import dev.kelpie.cli.KelpieJvm;
import dev.kelpie.cli.LaunchedCluster;
import dev.kelpie.cli.Shipped;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The quickstart over {@link VirtualHosts}, encrypted and started by ssh: the learner on the first
 * host, a rollout worker on each of the others.
 */
final class HostedQuickstart {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final VirtualHosts hosts;

  /** Copies the experiment to the first host, and makes certificates for all. */
  HostedQuickstart(VirtualHosts hosts) throws IOException {
    this.hosts = hosts;
    Path first = hosts.host(1).disk();
    Path shipped = Path.of(Shipped.quickstart());
    copy(shipped.resolveSibling("quickstart"), first.resolve("quickstart"));
    for (String file : List.of("base.conf", "quickstart.conf")) {
      Files.copy(shipped.resolveSibling(file), first.resolve(file));
    }
    renewCertificates();
  }

  /** Makes new certificates for all hosts. */
  void renewCertificates() {
    Path tls = hosts.host(1).disk().resolve("tls");
    List<String> words =
        new ArrayList<>(List.of("cluster", "certificates", "--out", tls.toString()));
    hosts.all().forEach(host -> words.add(host.address()));
    assertThat(CommandLineRun.of(words.toArray(String[]::new)).code()).isZero();
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> all = Files.walk(from)) {
      for (Path path : all.toList()) {
        Files.copy(path, to.resolve(from.relativize(path)), StandardCopyOption.REPLACE_EXISTING);
      }
    }
  }

  /** Writes an experiment with changes on the first host; returns its path there. */
  String experiment(String name, String more) throws IOException {
    return experiment(name, more, "rollout-workers = 1");
  }

  /** The same with keys in the block of the last host. */
  String experiment(String name, String more, String last) throws IOException {
    VirtualHost other = hosts.all().get(hosts.all().size() - 1);
    String options =
        hosts.sshOptions().stream()
            .map(word -> '"' + word + '"')
            .collect(Collectors.joining(", ", "[", "]"));
    String others =
        hosts.all().stream()
            .skip(1)
            .map(
                host ->
                    String.format(
                        "{ host = \"%s\", folder = \"%s\", ssh-options = %s, %s }",
                        host.address(),
                        hosts.disk() + "/kelpie",
                        options,
                        host == other ? last : "rollout-workers = 1"))
            .collect(Collectors.joining(", "));
    Files.writeString(
        hosts.host(1).disk().resolve(name + ".conf"),
        String.format(
            "include required(\"quickstart.conf\")%nrollout.threads = 1%n"
                + "cluster { host = \"%s\", tls-path = tls, hosts = [%s] }%n%s%n",
            hosts.host(1).address(), others, more));
    return hosts.disk().resolve(name + ".conf").toString();
  }

  /** Starts the experiment called {@code name} by ssh from the first host. */
  LaunchedCluster start(String experiment, String run) throws IOException {
    return launch(experiment, "--run-dir", hosts.disk().resolve(run).toString());
  }

  /** Resumes a run by ssh from the first host. */
  LaunchedCluster resume(String run) throws IOException {
    return launch("--resume", hosts.disk().resolve(run).toString());
  }

  private LaunchedCluster launch(String... words) throws IOException {
    List<String> command =
        KelpieJvm.command(
            "-Xmx512m",
            "-Dai.djl.offline=true",
            "-Dkelpie.home=" + Path.of("..").toAbsolutePath().normalize());
    command.addAll(List.of("cluster", "ssh"));
    command.addAll(List.of(words));
    return LaunchedCluster.start(hosts.host(1).command(command));
  }

  /** The summary of a run on the first host. */
  JsonNode summary(String run) throws IOException {
    return JSON.readTree(hosts.host(1).disk().resolve(run).resolve("summary.json").toFile());
  }

  /** The summary of as many steps of the experiment in one process of this machine. */
  JsonNode alone(String experiment, long steps) throws IOException {
    String run = experiment + "-alone";
    List<String> words =
        new ArrayList<>(
            List.of(
                "train",
                hosts.host(1).disk().resolve(experiment + ".conf").toString(),
                "--run-dir",
                hosts.host(1).disk().resolve(run).toString()));
    for (String change :
        List.of(
            "run.steps=" + steps,
            "cluster.host=127.0.0.1",
            "cluster.tls-path=",
            "dashboard.enabled=false")) {
      words.addAll(List.of("-D", change));
    }
    CommandLineRun one = CommandLineRun.of(words.toArray(String[]::new));
    assertThat(one.code()).as(one.err()).isZero();
    return summary(run);
  }

  /** The only rollout worker on a host. */
  static ProcessHandle worker(VirtualHost host) throws IOException {
    VirtualHost.await(
        "a worker on " + host.address(), () -> processes(host, "rollout").size() == 1);
    return processes(host, "rollout").get(0);
  }

  /** The JVMs on a host that have exactly these roles, and not what started them there. */
  static List<ProcessHandle> processes(VirtualHost host, String roles) throws IOException {
    return host.processes("dev.kelpie.cli.Kelpie ", " --roles " + roles + " ");
  }

  /** Checks that no process of a run is left on any host. */
  void assertNobodyIsLeft() throws IOException {
    for (VirtualHost host : hosts.all()) {
      VirtualHost.await(
          "nothing runs on " + host.address(), () -> host.processes("dev.kelpie").isEmpty());
    }
  }
}
