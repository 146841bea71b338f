package dev.kelpie.actors;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.runs.RunSummary;
import dev.kelpie.wire.tls.CertificateAuthority;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Processes at another address than 127.0.0.1 that know each other by certificates. */
class EncryptedRunTest {
  private static final String HOST = "127.0.0.2";
  private static final long STEPS = 4;
  private static final Duration PATIENCE = Duration.ofSeconds(3);

  @TempDir private Path temp = Path.of("");
  private int port;

  @BeforeEach
  void makeCertificates() throws IOException {
    for (String cluster : List.of("ours", "theirs")) {
      CertificateAuthority.openOrCreate(temp.resolve(cluster)).issue(HOST, Duration.ofDays(1));
    }
    port = Jvms.freePort();
  }

  private ToyRun run(String roles) {
    boolean learner = roles.contains("learner");
    return new ToyRun(temp.resolve("run"))
        .steps(STEPS)
        .cluster(List.of(roles.split(",")), learner ? port : 0, learner ? "" : HOST + ":" + port);
  }

  @Test
  void aRunEndsWithTheWeightsOfOneProcess() {
    String expected = new ToyRun(temp.resolve("alone")).steps(STEPS).run().policySha256();
    try (RunNode learner = run("learner,reward").encrypted(HOST, temp.resolve("ours")).start();
        RunNode worker = run("rollout").encrypted(HOST, temp.resolve("ours")).start()) {
      RunSummary summary = ToyRun.await(learner);
      assertThat(summary.error()).isEmpty();
      assertThat(summary.policySha256()).isEqualTo(expected);
      assertThat(ToyRun.await(worker).status()).isEqualTo(RunSummary.Status.FINISHED);
    }
  }

  @Test
  void whoHasNoCertificateOfTheClusterDoesNotJoin() {
    try (RunNode learner = run("learner,reward").encrypted(HOST, temp.resolve("ours")).start()) {
      for (ToyRun stranger :
          List.of(run("rollout"), run("rollout").encrypted(HOST, temp.resolve("theirs")))) {
        RunSummary summary = stranger.rejoinTimeout(PATIENCE).run();
        assertThat(summary.error()).contains("no word from " + HOST + ":" + port + " for 3 s");
      }
      assertThat(learner.view().progress().step()).isZero();
      assertThat(learner.done().toCompletableFuture()).isNotDone();
    }
  }
}
