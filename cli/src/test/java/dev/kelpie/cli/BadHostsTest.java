package dev.kelpie.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.cli.terminal.Failures;
import dev.kelpie.wire.tls.CertificateAuthority;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Hosts of a cluster that are none, or that cannot be used. */
class BadHostsTest {
  private static final ErrorsTable TABLE = ErrorsTable.section("Hosts");
  private static final String HOME = "kelpie.home";

  @TempDir private Path folder = Path.of("");

  @BeforeEach
  void writeAnExperiment() throws IOException {
    SmallExperiment.write(folder, "");
    System.setProperty(HOME, Path.of("..").toAbsolutePath().normalize().toString());
  }

  @AfterEach
  void forgetTheLauncher() {
    System.clearProperty(HOME);
  }

  @AfterAll
  static void compareWithTheDocumentation() {
    TABLE.check();
  }

  /** The line that {@code kelpie cluster ssh} answers to a block {@code cluster}. */
  private String line(String block) throws IOException {
    Path file = folder.resolve("x.conf");
    Files.writeString(file, "include required(\"small.conf\")\ncluster { " + block + " }\n");
    Path run = folder.resolve("run");
    CommandLineRun tried =
        CommandLineRun.of("cluster", "ssh", file.toString(), "--run-dir", run.toString());
    assertThat(tried.code()).as(tried.err()).isEqualTo(Failures.BAD_INPUT);
    assertThat(tried.err()).hasLineCount(1).startsWith("kelpie: ");
    assertThat(run).doesNotExist();
    return Refusal.stable(folder, tried.err().strip().substring("kelpie: ".length()));
  }

  private void refused(String what, String block) throws IOException {
    TABLE.add(what, "cluster { " + block + " }", line(block));
  }

  @Test
  void blocksThatAreWrongAreRefused() throws IOException {
    refused("no hosts", "host = 127.0.0.1");
    refused("hosts that are no list", "hosts = 10.0.0.8");
    refused("host without an address", "hosts = [{ rollout-workers = 1 }]");
    refused("host with a misspelt key", "hosts = [{ host = 10.0.0.8, rollout-worker = 2 }]");
    refused("host that is named twice", "hosts = [{ host = 10.0.0.8 }, { host = 10.0.0.8 }]");
    refused("host that has nothing to do", "hosts = [{ host = 10.0.0.8, rollout-workers = 0 }]");
    refused(
        "rewards on two hosts",
        "hosts = [{ host = 10.0.0.8, reward = true }, { host = 10.0.0.9, reward = true }]");
    refused(
        "option in place of a host", "hosts = [{ host = 10.0.0.8, ssh = \"-oProxyCommand=x\" }]");
    refused("port of ssh that is none", "hosts = [{ host = 10.0.0.8, port = 70000 }]");
    refused(
        "other hosts without certificates", "hosts = [{ host = 10.0.0.8 }, { host = 10.0.0.9 }]");
  }

  @Test
  void certificatesThatDoNotCoverTheHostsAreRefused() throws IOException {
    CertificateAuthority authority = CertificateAuthority.openOrCreate(folder.resolve("tls"));
    authority.issue("127.0.0.1", Duration.ofDays(1));
    refused("learner that others do not reach", "tls-path = tls, hosts = [{ host = 10.0.0.8 }]");
    refused(
        "host without a certificate",
        "tls-path = tls, hosts = [{ host = 127.0.0.1, ssh = localhost }, { host = \"::1\" }]");
  }

  @Test
  void hostThatDoesNotAnswerIsNamedWithACommandToTry() throws IOException {
    String what = "host on which nothing answers";
    if (!Files.isExecutable(Path.of("/usr/bin/ssh"))) {
      TABLE.skip(what, "there is no ssh here");
      return;
    }
    int port;
    try (ServerSocket closed = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = closed.getLocalPort();
    }
    String block = "hosts = [{ host = 127.0.0.1, ssh = \"somebody@127.0.0.1\", port = PORT }]";
    TABLE.add(
        what,
        "cluster { " + block + " }",
        line(block.replace("PORT", "" + port)).replace("" + port, "PORT"));
  }

  /** Refused options of {@code kelpie cluster slurm} and {@code k8s}. */
  private void refusedOptions(String what, String... options) {
    List<String> words = new ArrayList<>(List.of("cluster"));
    words.addAll(List.of(options));
    words.add(2, folder.resolve("small.conf").toString());
    CommandLineRun tried = CommandLineRun.of(words.toArray(String[]::new));
    assertThat(tried.code()).as(tried.err()).isEqualTo(Failures.BAD_INPUT);
    assertThat(tried.err()).hasLineCount(1).startsWith("kelpie: ");
    words.set(2, "small.conf");
    String said = tried.err().strip().substring("kelpie: ".length());
    String shipped = Objects.requireNonNull(Shipped.configs().getParent()).toString();
    TABLE.add(
        what,
        "kelpie " + String.join(" ", words).replace(folder.toString() + "/", ""),
        Refusal.stable(folder, said).replace(shipped, ".."));
  }

  @Test
  void jobsAndManifestsThatCannotBeAreRefused() throws IOException {
    refusedOptions("job without nodes", "slurm", "--nodes=0");
    refusedOptions("time limit that is none", "slurm", "--time=4h");
    refusedOptions("option of sbatch that is none", "slurm", "--sbatch=account");
    refusedOptions("job that saves too late", "slurm", "--ahead=5");
    String out = "--out=" + folder.resolve("k8s");
    refusedOptions("files that no ConfigMap holds", "k8s", "--image=kelpie", out);
    String there = "--at=" + Shipped.configs() + "=/opt/kelpie/configs";
    refusedOptions("place that is not in the pods", "k8s", "--image=kelpie", out, "--at=a=b");
    refusedOptions("quantity that is none", "k8s", "--image=kelpie", out, "--memory=much");
    assertThat(folder.resolve("k8s")).doesNotExist();
    CommandLineRun moving =
        CommandLineRun.of(
            "cluster",
            "k8s",
            folder.resolve("small.conf").toString(),
            "--image=kelpie",
            out,
            there,
            "-D",
            "reference.schedule=ema",
            "-D",
            "algorithm.kl.coef=0.1");
    assertThat(moving.code()).isEqualTo(Failures.BAD_INPUT);
    TABLE.add(
        "moving reference in pods",
        "kelpie cluster k8s small.conf -D reference.schedule=ema ...",
        Refusal.stable(folder, moving.err().strip().substring("kelpie: ".length())));
  }

  @Test
  void packageNeedsTheLauncher() {
    System.clearProperty(HOME);
    CommandLineRun tried =
        CommandLineRun.of("package", "--out", folder.resolve("x.tar.gz").toString());
    assertThat(tried.code()).isEqualTo(Failures.BAD_INPUT);
    TABLE.add("package of a process without its launcher", "java ... package", tried.err().strip());
    System.setProperty(HOME, Path.of("..").toAbsolutePath().normalize().toString());
    CommandLineRun folderGiven = CommandLineRun.of("package", "--out", folder.toString());
    assertThat(folderGiven.code()).isEqualTo(Failures.BAD_INPUT);
    TABLE.add(
        "package that is a folder",
        "kelpie package --out folder",
        folderGiven.err().strip().replace(folder.toString(), "folder"));
  }
}
