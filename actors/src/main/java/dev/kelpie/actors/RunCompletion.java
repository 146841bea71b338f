package dev.kelpie.actors;

import akka.actor.typed.ActorRef;
import dev.kelpie.actors.plan.RunTotals;
import dev.kelpie.actors.plan.StepMetricsCollector;
import dev.kelpie.actors.plan.UnitTracker;
import dev.kelpie.actors.telemetry.ProcessFigures;
import dev.kelpie.actors.work.ReferenceSnapshots;
import dev.kelpie.experience.RunPhase;
import dev.kelpie.experience.RunView.RunEvent;
import dev.kelpie.runs.BestEvaluation;
import dev.kelpie.runs.LedgerCheck;
import dev.kelpie.runs.RunLog;
import dev.kelpie.runs.RunSummary;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The end of a run: the last line of the journal, the summary, and the report of both. */
final class RunCompletion {
  private final RunReporter reporter;
  private final RunLog log;
  private final UnitTracker tracker;
  private final ReferenceSnapshots snapshots;
  private final StepMetricsCollector numbers;
  private final Consumer<HeartbeatSender.RunEnded> announceEnd;
  private final ActorRef<Node.Command> owner;
  private final long startNanos = System.nanoTime();
  private HeartbeatSender.@Nullable RunEnded ended;
  private Optional<String> reason = Optional.empty();

  /**
   * @param announceEnd reports it to the other nodes
   * @param owner takes the summary
   */
  RunCompletion(
      RunReporter reporter,
      RunLog log,
      UnitTracker tracker,
      ReferenceSnapshots snapshots,
      StepMetricsCollector numbers,
      Consumer<HeartbeatSender.RunEnded> announceEnd,
      ActorRef<Node.Command> owner) {
    this.reporter = reporter;
    this.log = log;
    this.tracker = tracker;
    this.snapshots = snapshots;
    this.numbers = numbers;
    this.announceEnd = announceEnd;
    this.owner = owner;
  }

  /**
   * The weights that a run ends with.
   *
   * @param step steps committed
   * @param best the best evaluation, and the checkpoint of its weights, if they are kept
   */
  record Weights(
      long step,
      String policySha256,
      Optional<Path> checkpoint,
      Optional<BestEvaluation> best,
      Optional<Path> bestCheckpoint) {}

  boolean isOver() {
    return ended != null;
  }

  /** The run is being stopped for a reason that its summary has. */
  void stopsBecause(String why) {
    reason = Optional.of(why);
  }

  /** The answer to a heartbeat: an acknowledgement, or how the run ended. */
  HeartbeatSender.Command heartbeatAnswer() {
    return ended == null ? new HeartbeatSender.HeartbeatAck() : ended;
  }

  /**
   * Drops everything in flight and ends the run, unless it has ended.
   *
   * @param early whether steps of the experiment are left
   */
  void end(boolean early, Weights weights) {
    end(early ? RunSummary.Status.STOPPED : RunSummary.Status.FINISHED, "", weights);
  }

  private void end(RunSummary.Status status, String error, Weights weights) {
    if (isOver()) {
      return;
    }
    tracker.dropAfter(-1, "end");
    snapshots.clear();
    reporter.counted(log.counts());
    log.ended(status.name().toLowerCase(Locale.ROOT), weights.step());
    announce(summary(status, error, weights, log.check()), weights);
  }

  /** Ends the run, because a part of it has failed. */
  void fail(String error, Weights weights) {
    if (isOver()) {
      return;
    }
    reporter.event(RunEvent.Level.ERROR, error);
    try {
      end(RunSummary.Status.FAILED, error, weights);
    } catch (RuntimeException e) {
      // What made the run fail may keep its journal from being written, too: a full disk.
      announce(summary(RunSummary.Status.FAILED, error, weights, LedgerCheck.NONE), weights);
    }
  }

  private RunSummary summary(
      RunSummary.Status status, String error, Weights weights, LedgerCheck ledger) {
    double seconds = (System.nanoTime() - startNanos) / 1e9;
    RunTotals totals = numbers.totals();
    return new RunSummary(
        status,
        error.isEmpty() ? Optional.empty() : Optional.of(error),
        status == RunSummary.Status.STOPPED ? reason : Optional.empty(),
        weights.step(),
        seconds,
        numbers.secondsToFirstStep(),
        totals.tokens(),
        log.firstEvaluation(),
        log.lastEvaluation(),
        weights.policySha256(),
        ProcessFigures.peakRssMib(),
        totals.shares(),
        totals.failedRewards(),
        totals.unequalGroups(),
        ledger,
        weights.checkpoint(),
        weights.best(),
        weights.bestCheckpoint());
  }

  /** The summary of a process that leaves a run which goes on. */
  static RunSummary left() {
    return summary(
        new HeartbeatSender.RunEnded(RunSummary.Status.STOPPED, 0, "", ""),
        Optional.of("drained; this process has left the run"));
  }

  /** The summary of a process without the learner. */
  static RunSummary summary(HeartbeatSender.RunEnded ended) {
    return summary(ended, Optional.empty());
  }

  private static RunSummary summary(HeartbeatSender.RunEnded ended, Optional<String> reason) {
    return new RunSummary(
        ended.status(),
        ended.error().isEmpty() ? Optional.empty() : Optional.of(ended.error()),
        reason,
        ended.steps(),
        ProcessFigures.secondsSinceStart(),
        Double.NaN,
        0,
        Map.of(),
        Map.of(),
        ended.policySha256(),
        ProcessFigures.peakRssMib(),
        Map.of(),
        0,
        0,
        LedgerCheck.NONE,
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  /**
   * The summary of a process whose part of the run failed.
   *
   * @param steps steps committed, as far as this process knows
   */
  static RunSummary failed(String error, long steps) {
    return summary(new HeartbeatSender.RunEnded(RunSummary.Status.FAILED, steps, error, ""));
  }

  private void announce(RunSummary summary, Weights weights) {
    ended =
        new HeartbeatSender.RunEnded(
            summary.status(), weights.step(), summary.error().orElse(""), weights.policySha256());
    reporter.phase(RunPhase.DONE, weights.step());
    announceEnd.accept(ended);
    owner.tell(new Node.RunEnds(summary));
  }
}
