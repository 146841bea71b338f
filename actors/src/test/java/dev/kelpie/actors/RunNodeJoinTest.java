package dev.kelpie.actors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kelpie.runs.RunSummary;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Processes that look for the learner, and ports that are taken. */
class RunNodeJoinTest {
  @Test
  void processWithoutTheLearnerNeedsASeed(@TempDir Path temp) {
    assertThatThrownBy(() -> new ToyRun(temp).cluster(List.of("rollout"), 0, "").start())
        .hasMessageContaining("cluster.seed: empty (expected: HOST:PORT");
  }

  @Test
  void processThatFindsNoLearnerGivesUpAfterItsPatience(@TempDir Path temp) {
    String nobody = "127.0.0.1:" + Jvms.freePort();
    RunSummary summary =
        new ToyRun(temp)
            .cluster(List.of("rollout"), 0, nobody)
            .rejoinTimeout(Duration.ofMillis(500))
            .run();

    assertThat(summary.status()).isEqualTo(RunSummary.Status.FAILED);
    assertThat(summary.error()).contains("no word from " + nobody + " for 0.5 s");
  }

  @Test
  void portThatIsStillTakenIsAwaited(@TempDir Path temp) throws IOException {
    int port = Jvms.freePort();
    try (ServerSocket taken = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      try (RunNode node = new ToyRun(temp).cluster(List.of(), port, "").start()) {
        LockSupport.parkNanos(Duration.ofSeconds(1).toNanos());
        assertThat(node.done().toCompletableFuture()).isNotDone();
        taken.close();
        assertThat(node.done().toCompletableFuture().orTimeout(60, TimeUnit.SECONDS).join())
            .extracting(RunSummary::status)
            .isEqualTo(RunSummary.Status.FINISHED);
      }
    }
  }
}
