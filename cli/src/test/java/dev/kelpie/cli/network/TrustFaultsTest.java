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
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Faults of what the hosts of a run trust, as {@link FaultyRuns} says: the last host has the wrong
 * certificate.
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
    VirtualHost host = lastHost();
    runs.survive(
        name,
        Duration.ofSeconds(40),
        (cluster, number) -> {
          Path tls = run(name).resolve("tls");
          Path own = Files.createTempDirectory(host.disk(), "own-");
          copy(tls, own);
          for (String file : files) {
            Files.copy(
                from.resolve(file),
                tls.resolve(file.replace(named, host.address())),
                StandardCopyOption.REPLACE_EXISTING);
          }
          refused(cluster, name);
          copy(own, tls);
          FileTree.delete(own);
          HostedQuickstart.worker(host).destroyForcibly();
        });
  }

  private static VirtualHost lastHost() {
    return runs.hosts().host(3);
  }

  /** The folder of a run on the last host. */
  private static Path run(String name) throws IOException {
    try (Stream<Path> runs = Files.list(lastHost().disk().resolve("kelpie/runs"))) {
      List<Path> found =
          runs.filter(run -> String.valueOf(run.getFileName()).startsWith(name + "-run-")).toList();
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
  private static void refused(LaunchedCluster cluster, String name) throws Exception {
    VirtualHost host = lastHost();
    HostedQuickstart.worker(host).destroyForcibly();
    Instant killed = Instant.now();
    FaultyRuns.pause(LASTS);
    int seen = cluster.steps();
    cluster.await("a step without it", () -> cluster.steps() > seen + 1);
    try (Stream<Path> units = Files.list(run(name).resolve("rollouts/units"))) {
      for (Path unit : units.toList()) {
        assertThat(Files.getLastModifiedTime(unit).toInstant())
            .as("written by a worker that must not be let in: " + unit)
            .isBefore(killed);
      }
    }
  }
}
