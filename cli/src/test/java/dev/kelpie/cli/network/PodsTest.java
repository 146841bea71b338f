package dev.kelpie.cli.network;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.kelpie.cli.CommandLineRun;
import dev.kelpie.cli.KelpieJvm;
import dev.kelpie.cli.LaunchedCluster;
import dev.kelpie.cli.Shipped;
import dev.kelpie.cli.SmallExperiment;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The commands of the manifests of {@code kelpie cluster k8s}, as they stand there, each on a host
 * of its own in place of a pod. The hosts have the folders of the pods, which are moved below their
 * disks, the variables of the pods, and the names that the cluster's DNS would give them.
 */
@Tag("cluster")
class PodsTest {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final YAMLMapper YAML = YAMLMapper.builder().build();
  private static final String DOMAIN = ".sums.lab.svc.cluster.local";

  private static final Duration PATIENCE = Duration.ofMinutes(1);

  private static VirtualHosts hosts;

  @BeforeAll
  static void startHosts() throws Exception {
    hosts = VirtualHosts.start(3);
  }

  @AfterAll
  static void endHosts() throws Exception {
    if (hosts != null) {
      hosts.close();
    }
  }

  /** The folder of the pod's files on a host, as seen from this machine. */
  private static Path base(VirtualHost host) {
    return host.disk().resolve("pod");
  }

  /** A text with the folders of the pods where the hosts have them. */
  private static String moved(String text) {
    String base = hosts.disk().resolve("pod").toString();
    return text.replaceAll("(?<![\\w.])/(opt|etc|home)/kelpie|(?<![\\w.])/runs", base + "$0");
  }

  @Test
  void weightsAreThoseOfOneProcessThoughTheLearnersPodIsReplaced() throws Exception {
    Path here = hosts.host(1).disk();
    Path experiment =
        SmallExperiment.write(
            here,
            "run { name = sums, steps = 100000 }, rollout { prompts-per-step = 8, unit-prompts = 1,"
                + " group-size = 2, max-new-tokens = 8, threads = 1 }");
    Path manifests = here.resolve("k8s");
    CommandLineRun written =
        CommandLineRun.of(
            "cluster",
            "k8s",
            experiment.toString(),
            "--out",
            manifests.toString(),
            "--image=x",
            "--namespace=lab",
            "--at",
            Shipped.configs() + "=/opt/kelpie/configs");
    assertThat(written.code()).as(written.err()).isZero();
    List<String> components = List.of("learner", "rollout", "reward");
    List<JsonNode> pods = new ArrayList<>();
    for (int i = 0; i < components.size(); i++) {
      String file = i == 0 ? "learner.yaml" : "workers.yaml";
      pods.add(template(manifests.resolve(file), "sums-" + components.get(i)));
      layOut(hosts.host(i + 1), manifests);
    }
    List<Process> running = new ArrayList<>();
    try {
      for (int i = 0; i < components.size(); i++) {
        running.add(start(i, pods.get(i), "first"));
      }
      awaitStep("first", "step 2/");
      for (int i = 0; i < components.size(); i++) {
        assertThat(probe(i, pods.get(i), "livenessProbe")).as(components.get(i)).isZero();
        assertThat(probe(i, pods.get(i), "readinessProbe")).as(components.get(i)).isZero();
      }
      end(running.get(0), 128 + 15);
      assertThat(probe(0, pods.get(0), "livenessProbe")).isNotZero();
      long saved = summary().get("steps").asLong();
      running.set(0, start(0, pods.get(0), "second"));
      awaitStep("second", "step " + (saved + 2) + "/");
      assertThat(log("second")).doesNotContain("step 1/");
      end(running.get(0), 128 + 15);
    } finally {
      running.forEach(Process::destroyForcibly);
      for (VirtualHost host : hosts.all()) {
        host.processes("dev.kelpie").forEach(ProcessHandle::destroyForcibly);
      }
    }
    JsonNode summary = summary();
    assertThat(summary.at("/ledger/clean").asBoolean()).as(summary.toString()).isTrue();
    assertThat(summary.get("policy-sha256").asText())
        .isEqualTo(alone(experiment, summary.get("steps").asLong()));
  }

  private static JsonNode template(Path file, String name) throws IOException {
    try (MappingIterator<JsonNode> documents =
        YAML.readerFor(JsonNode.class).readValues(moved(Files.readString(file)))) {
      while (documents.hasNext()) {
        JsonNode document = documents.next();
        if (document.at("/metadata/name").asText().equals(name)
            && document.at("/spec").has("template")) {
          return document.at("/spec/template/spec");
        }
      }
    }
    throw new IllegalStateException(name + " is not in " + file);
  }

  /** Gives a host what a node gives a pod: configuration, certificates, image, names. */
  private static void layOut(VirtualHost host, Path manifests) throws IOException {
    Path pod = base(host);
    JsonNode configuration =
        YAML.readTree(moved(Files.readString(manifests.resolve("configuration.yaml"))));
    Path data = Files.createDirectories(pod.resolve("etc/kelpie/run/..data/data.path"));
    // a node's volumes are links into a folder that it replaces as a whole
    Files.writeString(
        data.resolveSibling("experiment.conf"), configuration.at("/data/experiment.conf").asText());
    Files.writeString(
        data.resolve("rows.jsonl"), configuration.at("/data/data.path_rows.jsonl").asText());
    for (String name : List.of("experiment.conf", "data.path")) {
      Files.createSymbolicLink(
          pod.resolve("etc/kelpie/run").resolve(name), Path.of("..data", name));
    }
    Path tls = Files.createDirectories(pod.resolve("etc/kelpie/tls"));
    JsonNode secret = YAML.readTree(manifests.resolve("secret.yaml").toFile()).get("stringData");
    for (Map.Entry<String, JsonNode> file : secret.properties()) {
      Files.writeString(tls.resolve(file.getKey()), file.getValue().asText());
    }
    for (String folder : List.of("opt/kelpie/scripts", "runs", "home/kelpie", "tmp")) {
      Files.createDirectories(pod.resolve(folder));
    }
    Files.copy(
        Path.of("..", "scripts/cluster-pod.sh"),
        pod.resolve("opt/kelpie/scripts/cluster-pod.sh"),
        StandardCopyOption.COPY_ATTRIBUTES);
    Files.createSymbolicLink(pod.resolve("opt/kelpie/configs"), Shipped.configs());
    String kelpie =
        KelpieJvm.command("-Xmx512m", "-Dai.djl.offline=true").stream()
            .map(word -> "'" + word + "'")
            .collect(Collectors.joining(" "));
    Path launcher =
        Files.writeString(
            pod.resolve("opt/kelpie/kelpie"), "#!/bin/bash\nexec " + kelpie + " \"$@\"\n");
    Files.setPosixFilePermissions(launcher, PosixFilePermissions.fromString("rwxr-xr-x"));
    StringBuilder names = new StringBuilder("127.0.0.1 localhost\n");
    names.append(hosts.host(1).address()).append(" sums-learner-0").append(DOMAIN).append('\n');
    for (VirtualHost other : hosts.all()) {
      String dashed = other.address().replace('.', '-');
      names.append(other.address()).append(' ').append(dashed).append(DOMAIN).append('\n');
    }
    Files.writeString(pod.resolve("etc/hosts"), names);
  }

  /** A command in the container of pod {@code number}, with its environment and names. */
  private static ProcessBuilder command(int number, JsonNode spec, List<String> words) {
    VirtualHost host = hosts.host(number + 1);
    String pod = hosts.disk().resolve("pod").toString();
    List<String> command =
        new ArrayList<>(
            List.of(
                "sh", "-c", "mount --bind \"$0\" /etc/hosts && exec \"$@\"", pod + "/etc/hosts"));
    command.addAll(words);
    ProcessBuilder builder = host.command(command).redirectErrorStream(true);
    Map<String, String> fields =
        Map.of("status.podIP", host.address(), "metadata.name", "pod-" + number);
    for (JsonNode variable : spec.at("/containers/0/env")) {
      String field = variable.at("/valueFrom/fieldRef/fieldPath").asText();
      String value = fields.getOrDefault(field, variable.path("value").asText());
      builder.environment().put(variable.get("name").asText(), value);
    }
    builder.environment().put("TMPDIR", pod + "/tmp");
    return builder;
  }

  private static Process start(int number, JsonNode spec, String log) throws IOException {
    List<String> words = words(spec.at("/containers/0/command"));
    words.addAll(words(spec.at("/containers/0/args")));
    return command(number, spec, words).redirectOutput(logFile(number, log).toFile()).start();
  }

  private static List<String> words(JsonNode list) {
    List<String> words = new ArrayList<>();
    list.forEach(word -> words.add(word.asText()));
    return words;
  }

  private static Path logFile(int number, String log) {
    return hosts.host(number + 1).disk().resolve(log + ".log");
  }

  private static String log(String name) throws IOException {
    return Files.readString(logFile(0, name));
  }

  private static void awaitStep(String log, String line) throws IOException {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!log(log).contains("\n" + line)) {
      assertThat(System.nanoTime())
          .withFailMessage(() -> "no " + line + " in\n" + logs())
          .isLessThan(end);
      LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
    }
  }

  private static String logs() {
    StringBuilder logs = new StringBuilder();
    for (VirtualHost host : hosts.all()) {
      try (Stream<Path> files = Files.list(host.disk())) {
        for (Path file : files.filter(path -> path.toString().endsWith(".log")).toList()) {
          logs.append(file).append(":\n").append(Files.readString(file));
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return logs.toString();
  }

  /** The exit code of a probe. */
  private static int probe(int number, JsonNode spec, String probe) throws Exception {
    List<String> words = words(spec.at("/containers/0/" + probe + "/exec/command"));
    Process process =
        command(number, spec, words).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
    return process.waitFor();
  }

  /** Ends the container of the learner as a node does. */
  private static void end(Process container, int code) throws Exception {
    LaunchedCluster.signal("TERM", container.pid());
    assertThat(container.waitFor(2, TimeUnit.MINUTES)).isTrue();
    assertThat(container.exitValue()).isEqualTo(code);
  }

  private static JsonNode summary() throws IOException {
    return JSON.readTree(base(hosts.host(1)).resolve("runs/sums/summary.json").toFile());
  }

  /** The weights of as many steps in one process of this machine. */
  private static String alone(Path experiment, long steps) throws IOException {
    Path run = hosts.host(1).disk().resolve("alone");
    CommandLineRun one =
        CommandLineRun.of(
            "train",
            experiment.toString(),
            "--run-dir",
            run.toString(),
            "-D",
            "run.steps=" + steps,
            "-D",
            "dashboard.enabled=false");
    assertThat(one.code()).as(one.err()).isZero();
    return JSON.readTree(run.resolve("summary.json").toFile()).get("policy-sha256").asText();
  }
}
