package dev.kelpie.actors;

import static org.assertj.core.api.Assertions.assertThat;

import akka.actor.testkit.typed.javadsl.TestInbox;
import dev.kelpie.actors.plan.ScoringNeed;
import dev.kelpie.actors.plan.StepMetricsCollector;
import dev.kelpie.actors.plan.TrafficTotals;
import dev.kelpie.actors.plan.UnitTracker;
import dev.kelpie.actors.telemetry.ActorNames;
import dev.kelpie.actors.work.ReferenceSnapshots;
import dev.kelpie.config.Experiment;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.experience.RunPhase;
import dev.kelpie.experience.RunView;
import dev.kelpie.runs.RunLog;
import dev.kelpie.runs.RunSummary;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunCompletionTest {
  private final TestInbox<MetricsHub.Command> hub = TestInbox.create();
  private final TestInbox<Node.Command> owner = TestInbox.create();
  private final TestInbox<HeartbeatSender.Command> others = TestInbox.create();

  private RunCompletion completion(RunLog log, Path temp) {
    RunReporter reporter =
        new RunReporter(hub.getRef(), Experiment.DEFAULTS, Optional::empty, Instant::now);
    return new RunCompletion(
        reporter,
        log,
        new UnitTracker(ScoringNeed.NONE, 0, log, reporter::warn),
        new ReferenceSnapshots(new RunFolder(temp)),
        new StepMetricsCollector(1, () -> TrafficTotals.NONE, System::nanoTime, () -> 0),
        others.getRef()::tell,
        owner.getRef());
  }

  private static RunCompletion.Weights weights(Path temp) {
    return new RunCompletion.Weights(
        5,
        "ab".repeat(32),
        Optional.of(temp.resolve("step-4")),
        Optional.empty(),
        Optional.empty());
  }

  @Test
  void endIsWrittenCheckedAndAnnouncedOnce(@TempDir Path temp) {
    try (RunLog log = RunLog.open(temp, 0, 0, 1)) {
      RunCompletion completion = completion(log, temp);
      assertThat(completion.heartbeatAnswer()).isEqualTo(new HeartbeatSender.HeartbeatAck());

      completion.end(true, weights(temp));
      completion.end(false, weights(temp));
      completion.fail("too late", weights(temp));

      assertThat(completion.isOver()).isTrue();
    }
    RunSummary summary = ((Node.RunEnds) owner.receiveMessage()).summary();
    assertThat(owner.hasMessages()).isFalse();
    assertThat(summary.status()).isEqualTo(RunSummary.Status.STOPPED);
    assertThat(summary.error()).isEmpty();
    assertThat(summary.ledger().clean()).isTrue();
    assertThat(others.getAllReceived())
        .containsExactly(
            new HeartbeatSender.RunEnded(RunSummary.Status.STOPPED, 5, "", "ab".repeat(32)));
    assertThat(hub.getAllReceived())
        .contains(new MetricsHub.ProgressChanged(new RunView.Progress(RunPhase.DONE, 5, 100)));
  }

  @Test
  void runWhoseJournalCannotBeWrittenKeepsWhatIsKnown(@TempDir Path temp) {
    RunLog log = RunLog.open(temp, 0, 0, 1);
    // A closed journal refuses its last line, as one on a full disk does.
    log.close();

    completion(log, temp).fail("no space left", weights(temp));

    assertThat(hub.receiveMessage())
        .isEqualTo(
            new MetricsHub.Happened(
                RunView.RunEvent.Level.ERROR, ActorNames.COORDINATOR, "no space left"));
    RunSummary summary = ((Node.RunEnds) owner.receiveMessage()).summary();
    assertThat(summary.status()).isEqualTo(RunSummary.Status.FAILED);
    assertThat(summary.error()).contains("no space left");
    assertThat(summary.steps()).isEqualTo(5);
    assertThat(summary.policySha256()).isEqualTo("ab".repeat(32));
    assertThat(summary.checkpoint()).contains(temp.resolve("step-4"));
    // Nothing was checked, so nothing is clean.
    assertThat(summary.ledger().checked()).isFalse();
    assertThat(summary.ledger().clean()).isFalse();
    assertThat(others.receiveMessage())
        .isEqualTo(
            new HeartbeatSender.RunEnded(
                RunSummary.Status.FAILED, 5, "no space left", "ab".repeat(32)));
  }
}
