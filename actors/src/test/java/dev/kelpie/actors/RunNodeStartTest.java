package dev.kelpie.actors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import dev.kelpie.runs.RunSummary;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Starts of a process that fail: each says why, and none leaves a thread behind. */
class RunNodeStartTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final Set<Thread> before = Thread.getAllStackTraces().keySet();

  @Test
  void takenPortOfTheActors(@TempDir Path temp) throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      ToyRun run = new ToyRun(temp).cluster(List.of(), taken.getLocalPort(), "");
      assertFails(run, ConfigFactory.empty(), "127.0.0.1:" + taken.getLocalPort());
    }
    assertNoThreadIsLeft();
  }

  @Test
  void takenPortOfTheBulkServer(@TempDir Path temp) throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      ToyRun run = new ToyRun(temp).bulkPort(taken.getLocalPort());
      assertThatThrownBy(run::start)
          .hasMessageContaining("cannot serve files on 127.0.0.1:" + taken.getLocalPort());
    }
    assertNoThreadIsLeft();
  }

  @Test
  void addressOfAnotherMachine(@TempDir Path temp) {
    // 192.0.2.0/24 is for documentation, and no machine has it
    assertFails(
        new ToyRun(temp), value("akka.remote.artery.canonical.hostname", "192.0.2.1"), "192.0.2.1");
    assertNoThreadIsLeft();
  }

  @Test
  void errorInAPartOfTheActorSystem(@TempDir Path temp) {
    assertFails(
        new ToyRun(temp),
        value("akka.extensions", List.of(RunNodeFailureTest.Broken.class.getName())),
        "no stack left");
    assertNoThreadIsLeft();
  }

  @Test
  void settingsThatAkkaRefuses(@TempDir Path temp) {
    assertFails(new ToyRun(temp), value("akka.remote.artery.transport", "pigeons"), "pigeons");
    assertNoThreadIsLeft();
  }

  @Test
  void noThreadOfAnActorSystemKeepsTheProcessAlive(@TempDir Path temp) {
    try (RunNode node = new ToyRun(temp).steps(100_000).start()) {
      while (node.view().progress().step() < 1) {
        LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
      }
      assertThat(Thread.getAllStackTraces().keySet())
          .filteredOn(thread -> thread.getName().startsWith("kelpie-akka"))
          .isNotEmpty()
          .allMatch(Thread::isDaemon);
      node.control().stop();
      ToyRun.await(node);
    }
    assertNoThreadIsLeft();
  }

  private static Config value(String key, Object value) {
    return ConfigFactory.parseMap(Map.of(key, value));
  }

  private static void assertFails(ToyRun run, Config overrides, String reason) {
    try (RunNode node = RunNode.start(run.setup(), overrides, InstantSource.system())) {
      RunSummary summary = ToyRun.await(node);
      assertThat(summary.status()).isEqualTo(RunSummary.Status.FAILED);
      assertThat(summary.error().orElseThrow()).contains(reason).hasLineCount(1);
    }
  }

  private void assertNoThreadIsLeft() {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!left().isEmpty() && System.nanoTime() < end) {
      LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
    }
    assertThat(left()).isEmpty();
  }

  /**
   * Names of the threads of actor systems, servers and the node that are newer than the test. Those
   * of the process's own pool end when they have been idle for a minute.
   */
  private Set<String> left() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.isAlive() && !before.contains(thread))
        .map(Thread::getName)
        .filter(name -> !name.equals("kelpie-background"))
        .filter(name -> name.matches("(?i)(kelpie|akka|nio|netty|multithread).*"))
        .collect(Collectors.toCollection(TreeSet::new));
  }
}
