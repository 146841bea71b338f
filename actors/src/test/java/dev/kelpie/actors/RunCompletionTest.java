package dev.kelpie.actors;

import static org.assertj.core.api.Assertions.assertThat;

import akka.actor.testkit.typed.javadsl.TestInbox;
import dev.kelpie.actors.plan.StepMetricsCollector;
import dev.kelpie.actors.plan.TrafficTotals;
import dev.kelpie.runs.RunLog;
import dev.kelpie.runs.RunSummary;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunCompletionTest {
  @Test
  void runWhoseJournalCannotBeWrittenKeepsWhatIsKnown(@TempDir Path temp) {
    TestInbox<MetricsHub.Command> hub = TestInbox.create();
    TestInbox<Node.Command> owner = TestInbox.create();
    TestInbox<HeartbeatSender.Command> lifeline = TestInbox.create();
    RunSummary summary;
    try (RunLog log = RunLog.open(temp, 0, 0, 1)) {
      RunCompletion ending =
          new RunCompletion(
              new RunReporter(hub.getRef(), 9),
              log,
              new StepMetricsCollector(1, () -> TrafficTotals.NONE, System::nanoTime, () -> 0),
              lifeline.getRef()::tell,
              owner.getRef());

      ending.fail(
          "no space left",
          new RunCompletion.Weights(5, "ab".repeat(32), Optional.of(temp.resolve("step-4"))));

      summary = ((Node.RunEnds) owner.receiveMessage()).summary();
    }
    assertThat(summary.status()).isEqualTo(RunSummary.Status.FAILED);
    assertThat(summary.error()).contains("no space left");
    assertThat(summary.steps()).isEqualTo(5);
    assertThat(summary.policySha256()).isEqualTo("ab".repeat(32));
    assertThat(summary.checkpoint()).contains(temp.resolve("step-4"));
    // Nothing was checked, so nothing is clean.
    assertThat(summary.ledger().checked()).isFalse();
    assertThat(summary.ledger().clean()).isFalse();
    assertThat(lifeline.receiveMessage())
        .isEqualTo(
            new HeartbeatSender.RunEnded(
                RunSummary.Status.FAILED, 5, "no space left", "ab".repeat(32)));
  }
}
