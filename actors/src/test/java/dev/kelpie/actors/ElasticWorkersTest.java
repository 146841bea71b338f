package dev.kelpie.actors;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.experience.RunView.ActorState;
import dev.kelpie.runs.RunSummary;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rollout workers that join and leave a run, each an actor system of its own. */
class ElasticWorkersTest {
  private static final long STEPS = 60;

  @TempDir private Path temp = Path.of("");
  private final int port = Jvms.freePort();

  private RunNode start(String roles) {
    boolean learner = roles.contains("learner");
    return new ToyRun(temp.resolve("run"))
        .steps(STEPS)
        .pace(Duration.ofMillis(30))
        .cluster(List.of(roles.split(",")), learner ? port : 0, learner ? "" : "127.0.0.1:" + port)
        .start();
  }

  /** Rollout workers that have done a unit. */
  private static List<ActorState> working(RunNode learner) {
    return learner.view().actors().stream()
        .filter(state -> state.role().equals("rollout"))
        .filter(state -> state.numbers().getOrDefault("units", 0.0) > 0)
        .toList();
  }

  @Test
  void oneWorkerThenFourThenOneEndWithTheWeightsOfOneProcess() {
    String expected = new ToyRun(temp.resolve("alone")).steps(STEPS).run().policySha256();
    List<RunNode> joined = new ArrayList<>();
    try (RunNode learner = start("learner,reward");
        RunNode first = start("rollout")) {
      Await.that(learner, "the first worker", () -> working(learner).size() == 1);
      String stays = working(learner).get(0).name();
      for (int i = 0; i < 3; i++) {
        joined.add(start("rollout"));
      }
      Await.that(learner, "four workers", () -> working(learner).size() == 4);
      for (ActorState worker : working(learner)) {
        if (!worker.name().equals(stays)) {
          learner.control().drain(worker.name());
          Await.event(learner, worker.name() + " drained");
        }
      }
      for (RunNode node : joined) {
        RunSummary left = ToyRun.await(node);
        assertThat(left.reason()).contains("drained; this process has left the run");
      }
      assertThat(learner.done().toCompletableFuture()).isNotDone();

      RunSummary summary = ToyRun.await(learner);

      assertThat(summary.status()).isEqualTo(RunSummary.Status.FINISHED);
      assertThat(summary.policySha256()).isEqualTo(expected);
      assertThat(summary.ledger().violations()).isEmpty();
      assertThat(ToyRun.await(first).status()).isEqualTo(RunSummary.Status.FINISHED);
    } finally {
      joined.forEach(RunNode::close);
    }
  }
}
