package dev.kelpie.actors;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.experience.RunView;
import dev.kelpie.runs.RunSummary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whole runs in one JVM, every message serialized. */
class RunNodeTest {
  @Test
  void wholeRunEndsWithCleanLedgerAndAllItsFiles(@TempDir Path temp) throws IOException {
    RunSummary summary = new ToyRun(temp).scored().run();

    assertThat(summary.status()).isEqualTo(RunSummary.Status.FINISHED);
    assertThat(summary.steps()).isEqualTo(6);
    assertThat(summary.ledger().violations()).isEmpty();
    assertThat(summary.ledger().clean()).isTrue();
    // 6 steps of 4 prompts with 3 samples each; 5 held-out prompts, sampled and greedy, 3 times
    assertThat(summary.ledger().consumed()).isEqualTo(72);
    assertThat(summary.ledger().measured()).isEqualTo(30);
    assertThat(summary.ledger().inFlight()).isZero();
    assertThat(summary.evalBefore()).containsKeys("eval/reward/mean", "eval/greedy/reward/mean");
    assertThat(summary.timingShares()).containsKeys("rollout", "update_policy", "other");
    RunFolder folder = new RunFolder(temp);
    assertThat(folder.checkpoint(6)).isDirectory();
    assertThat(folder.checkpoint(2)).doesNotExist();
    assertThat(folder.rollouts().resolve("step-6.arrow")).isRegularFile();
    assertThat(folder.samples().resolve("step-1.txt")).isRegularFile();
    assertThat(folder.rollouts().resolve("units")).isEmptyDirectory();
    assertThat(Files.readString(folder.runEventsFile())).contains("data.path: 3 of 1000 prompts");
    // six steps and three evaluations
    assertThat(Files.readAllLines(folder.metricsFile())).hasSize(9);
  }

  @Test
  void numberOfWorkersDoesNotChangeTheWeights(@TempDir Path temp) {
    RunSummary one = new ToyRun(temp.resolve("one")).run();
    RunSummary two = new ToyRun(temp.resolve("two")).workers(2).run();

    assertThat(two.policySha256()).isEqualTo(one.policySha256());
  }

  @Test
  void stalenessStaysWithinItsBound(@TempDir Path temp) {
    RunSummary summary =
        new ToyRun(temp).steps(10).staleness(2).workers(2).pace(Duration.ofMillis(5)).run();

    assertThat(summary.status()).isEqualTo(RunSummary.Status.FINISHED);
    assertThat(summary.ledger().violations()).isEmpty();
    assertThat(summary.ledger().maxLag()).isBetween(1L, 2L);
  }

  @Test
  void viewShowsEveryActorWithItsNumbersAndLinks(@TempDir Path temp) throws IOException {
    RunView view;
    try (RunNode node =
        new ToyRun(temp).scored().steps(8).pace(Duration.ofMillis(100)).workers(2).start()) {
      view = node.view();
      ToyRun.await(node);
    }
    assertThat(view.actors())
        .extracting(RunView.ActorState::role)
        .contains(
            "coordinator",
            "metrics",
            "watchdog",
            "lifeline",
            "learner",
            "rollout",
            "reward",
            "scoring");
    for (RunView.ActorState actor : view.actors()) {
      assertThat(actor.numbers())
          .as(actor.name())
          .containsKeys("mailbox", "messages", "restarts", "rss_mib");
      assertThat(actor.numbers().get("restarts")).isZero();
    }
    String rollout =
        view.actors().stream()
            .map(RunView.ActorState::name)
            .filter(name -> name.startsWith("rollout-1@"))
            .findFirst()
            .orElseThrow();
    // One actor system: messages are counted, and none has bytes.
    assertThat(view.links())
        .anyMatch(link -> link.from().equals("coordinator") && link.to().equals(rollout))
        .anyMatch(link -> link.from().equals(rollout) && link.to().equals("coordinator"))
        .anyMatch(link -> link.from().equals("learner") && link.to().equals("coordinator"))
        .allMatch(link -> link.messages() > 0 && link.bytes() == 0);
    assertThat(view.timeline(rollout)).hasSizeGreaterThan(4);
    // 8 steps of 4 prompts with 3 samples each
    assertThat(view.ledger())
        .containsEntry("issued", 96L)
        .containsEntry("received", 96L)
        .containsEntry("rewarded", 96L)
        .containsEntry("consumed", 96L)
        .containsEntry("dropped", 0L)
        .containsEntry("in-flight", 0L);
    assertThat(view.metrics(3).get(0).get("control/messages_per_sample")).isPositive();
    JsonNode file = new ObjectMapper().readTree(new RunFolder(temp).actorsFile().toFile());
    assertThat(file.get("actors")).hasSameSizeAs(view.actors());
    assertThat(file.get("links")).hasSameSizeAs(view.links());
    assertThat(file.at("/ledger/consumed").asInt()).isEqualTo(96);
    assertThat(file.get("timelines").get(rollout).size()).isGreaterThan(4);
    assertThat(Files.readString(new RunFolder(temp).runEventsFile()))
        .contains("checkpoint of step 8 saved");
  }
}
