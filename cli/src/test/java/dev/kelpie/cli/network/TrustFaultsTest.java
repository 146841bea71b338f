package dev.kelpie.cli.network;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.cli.CommandLineRun;
import dev.kelpie.cli.LaunchedCluster;
import dev.kelpie.runs.FileTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Faults of what the hosts of a run trust, as {@link FaultyRuns} says: clocks and certificates.
 * They are those of the last host.
 */
@Tag("chaos")
@Timeout(value = 40, unit = TimeUnit.MINUTES)
class TrustFaultsTest {
  private static final Duration LASTS = Duration.ofSeconds(15);
  private static FaultyRuns runs;

  @BeforeAll
  static void startHosts() throws Exception {
    runs = new FaultyRuns(0);
  }

  @AfterAll
  static void endHosts() throws Exception {
    if (runs != null) {
      runs.close();
    }
  }

  @Test
  void clockThatIsAnHourFastOrSlow() throws Exception {
    String last = lastHostWithAClock();
    VirtualHost second = runs.hosts().host(2);
    try {
      runs.survive(
          "clock",
          last,
          Duration.ofSeconds(40),
          (cluster, number) -> {
            second.powerOff(); // all that is sampled from now on is sampled by that clock
            clock(number % 2 == 0 ? "+1h" : "-1h");
            HostedQuickstart.worker(runs.hosts().host(3)).destroyForcibly();
          });
    } finally {
      second.startSshd();
    }
  }

  @Test
  void certificateThatHasExpiredByTheClockOfAHost() throws Exception {
    String last = lastHostWithAClock();
    runs.quickstart().renewCertificates(1);
    runs.survive(
        "expired",
        last,
        Duration.ofSeconds(40),
        (cluster, number) -> {
          clock("+26h");
          refused(cluster);
          clock("+0h");
          HostedQuickstart.worker(runs.hosts().host(3)).destroyForcibly();
        });
  }

  @Test
  void certificateOfAnotherAuthority() throws Exception {
    Path other = runs.hosts().host(1).disk().resolve("other-tls");
    String address = runs.hosts().host(3).address();
    assertThat(
            CommandLineRun.of("cluster", "certificates", "--out", other.toString(), address).code())
        .isZero();
    swapped("authority", List.of("ca.pem", address + ".pem", address + "-key.pem"), other, address);
  }

  @Test
  void certificateOfAnotherHost() throws Exception {
    String second = runs.hosts().host(2).address();
    swapped(
        "other-host",
        List.of(second + ".pem", second + "-key.pem"),
        runs.hosts().host(1).disk().resolve("tls"),
        second);
  }

  /** Gives the last host files of another folder in place of its own, and takes them back. */
  private static void swapped(String name, List<String> files, Path from, String named)
      throws Exception {
    VirtualHost host = runs.hosts().host(3);
    runs.survive(
        name,
        Duration.ofSeconds(40),
        (cluster, number) -> {
          Path tls = run(host).resolve("tls");
          Path own = Files.createTempDirectory(host.disk(), "own-");
          copy(tls, own);
          for (String file : files) {
            Files.copy(
                from.resolve(file),
                tls.resolve(file.replace(named, host.address())),
                StandardCopyOption.REPLACE_EXISTING);
          }
          refused(cluster);
          copy(own, tls);
          FileTree.delete(own);
          HostedQuickstart.worker(host).destroyForcibly();
        });
  }

  /** The folder of the only run there is. */
  private static Path run(VirtualHost host) throws IOException {
    try (Stream<Path> runs = Files.list(host.disk().resolve("kelpie/runs"))) {
      List<Path> found = runs.toList();
      assertThat(found).hasSize(1);
      return found.get(0);
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.list(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
      }
    }
  }

  /** Starts the last host's worker again, and sees that it samples nothing and the run goes on. */
  private static void refused(LaunchedCluster cluster) throws Exception {
    VirtualHost host = runs.hosts().host(3);
    HostedQuickstart.worker(host).destroyForcibly();
    Instant killed = Instant.now();
    FaultyRuns.pause(LASTS);
    int seen = cluster.steps();
    cluster.await("a step without it", () -> cluster.steps() > seen + 1);
    try (Stream<Path> units = Files.list(run(host).resolve("rollouts/units"))) {
      for (Path unit : units.toList()) {
        assertThat(Files.getLastModifiedTime(unit).toInstant())
            .as("written by a worker that must not be let in: " + unit)
            .isBefore(killed);
      }
    }
  }

  /** Keys of the last host, whose Java has the clock that {@link #clock} sets. */
  private static String lastHostWithAClock() throws IOException {
    Path library;
    try (Stream<Path> found =
        Files.find(
            Path.of("/usr/lib"), 3, (path, is) -> path.endsWith("faketime/libfaketimeMT.so.1"))) {
      library = found.findFirst().orElse(null);
    }
    Assumptions.assumeTrue(library != null, "a clock of its own needs libfaketime");
    Path home = runs.hosts().host(3).disk().resolve("java");
    Path java = home.resolve("bin/java");
    Files.createDirectories(home.resolve("bin"));
    Files.writeString(
        java,
        String.join(
            "\n",
            "#!/bin/sh",
            "export LD_PRELOAD=" + library + " DONT_FAKE_MONOTONIC=1 NO_FAKE_STAT=1",
            "FAKETIME=$(cat " + runs.hosts().disk().resolve("clock") + ")",
            "export FAKETIME",
            "exec " + Path.of(System.getProperty("java.home"), "bin/java") + " \"$@\"",
            ""));
    assertThat(java.toFile().setExecutable(true)).isTrue();
    clock("+0h");
    return "rollout-workers = 1, java-home = \"" + runs.hosts().disk().resolve("java") + "\"";
  }

  private static void clock(String offset) throws IOException {
    Files.writeString(runs.hosts().host(3).disk().resolve("clock"), offset);
  }
}
