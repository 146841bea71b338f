package dev.kelpie.actors;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.experience.Activity;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.experience.RunPhase;
import dev.kelpie.experience.RunView;
import dev.kelpie.runs.RunSummary;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an operator asks of a run: pause, checkpoint, resume, drain. */
class RunNodeRequestTest {
  @Test
  void pausedRunWaitsAndEndsWithTheSameWeights(@TempDir Path temp) {
    String through = new ToyRun(temp.resolve("through")).scored().run().policySha256();
    try (RunNode node =
        new ToyRun(temp.resolve("paused")).scored().pace(Duration.ofMillis(20)).start()) {
      Await.step(node, 2);
      node.control().pause();
      Await.event(node, "paused by request after step ");
      long step = node.view().progress().step();
      Await.that(node, "its phase", () -> node.view().progress().phase() == RunPhase.PAUSED);
      // What a worker does is seen with the next heartbeat.
      Await.that(
          node,
          "its workers' rest",
          () ->
              node.view().actors().stream()
                  .filter(actor -> actor.role().equals("rollout"))
                  .noneMatch(actor -> actor.activity() == Activity.GENERATING));

      node.control().checkpoint();
      Await.event(node, "checkpoint of step " + step);
      assertThat(new RunFolder(temp.resolve("paused")).checkpoint(step)).isDirectory();
      assertThat(node.view().progress().step()).isEqualTo(step);
      node.control().resume();
      Await.event(node, "resumed after step " + step);

      RunSummary summary = ToyRun.await(node);
      assertThat(summary.status()).isEqualTo(RunSummary.Status.FINISHED);
      assertThat(summary.policySha256()).isEqualTo(through);
      assertThat(summary.ledger().clean()).isTrue();
      assertThat(node.view().metrics(step + 1).get(0).values()).containsKey("timing_s/paused");
    }
  }

  @Test
  void drainedWorkerIsIdleAndTheOtherDoesItsPart(@TempDir Path temp) {
    try (RunNode node =
        new ToyRun(temp).workers(2).steps(1000).pace(Duration.ofMillis(30)).start()) {
      Await.that(node, "both workers", () -> rollouts(node).size() == 2);
      String worker = rollouts(node).get(0);
      node.control().drain(worker + "x");
      Await.event(node, "drain: " + worker + "x (expected: " + worker + "?");
      node.control().drain(worker);
      Await.event(node, worker + " drained");
      Await.that(node, "its word", () -> doing(node, worker).equals("drained"));
      Await.step(node, node.view().progress().step() + 2);
      node.control().drain(rollouts(node).get(1));
      Await.event(node, "is the last rollout worker");
      Await.event(node, rollouts(node).get(1) + " drained");
    }
  }

  private static List<String> rollouts(RunNode node) {
    return node.view().actors().stream()
        .filter(actor -> actor.role().equals("rollout"))
        .map(RunView.ActorState::name)
        .toList();
  }

  private static String doing(RunNode node, String actor) {
    return node.view().actors().stream()
        .filter(state -> state.name().equals(actor))
        .map(RunView.ActorState::doing)
        .findFirst()
        .orElse("");
  }
}
