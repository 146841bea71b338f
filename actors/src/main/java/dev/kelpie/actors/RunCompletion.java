package dev.kelpie.actors;

import akka.actor.typed.ActorRef;
import dev.kelpie.actors.plan.RunTotals;
import dev.kelpie.actors.plan.StepMetricsCollector;
import dev.kelpie.actors.telemetry.ProcessFigures;
import dev.kelpie.runs.LedgerCheck;
import dev.kelpie.runs.RunLog;
import dev.kelpie.runs.RunSummary;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The end of a run: its last words in the journal, its summary, and who is told of it. */
final class RunCompletion {
  private final RunReporter notices;
  private final RunLog log;
  private final StepMetricsCollector numbers;
  private final Consumer<HeartbeatSender.RunEnded> farewell;
  private final ActorRef<Node.Command> owner;
  private final long startNanos = System.nanoTime();
  private HeartbeatSender.@Nullable RunEnded told;

  /**
   * @param farewell tells the other nodes
   * @param owner takes the summary
   */
  RunCompletion(
      RunReporter notices,
      RunLog log,
      StepMetricsCollector numbers,
      Consumer<HeartbeatSender.RunEnded> farewell,
      ActorRef<Node.Command> owner) {
    this.notices = notices;
    this.log = log;
    this.numbers = numbers;
    this.farewell = farewell;
    this.owner = owner;
  }

  /**
   * The weights that a run ends with.
   *
   * @param step steps committed
   */
  record Weights(long step, String policySha256, Optional<Path> checkpoint) {}

  boolean isOver() {
    return told != null;
  }

  /** What a node that says it lives is told. */
  HeartbeatSender.Command heartbeatAnswer() {
    return told == null ? new HeartbeatSender.HeartbeatAck() : told;
  }

  /** Ends the run, with everything in flight dropped before. */
  void end(RunSummary.Status status, String error, Weights weights) {
    notices.counted(log.counts());
    log.ended(status.name().toLowerCase(Locale.ROOT), weights.step());
    tell(summary(status, error, weights, log.check()), weights);
  }

  /** Ends a run of which nothing more can be written, nor checked. */
  void fail(String error, Weights weights) {
    tell(summary(RunSummary.Status.FAILED, error, weights, LedgerCheck.NONE), weights);
  }

  private RunSummary summary(
      RunSummary.Status status, String error, Weights weights, LedgerCheck ledger) {
    double seconds = (System.nanoTime() - startNanos) / 1e9;
    RunTotals totals = numbers.totals();
    return new RunSummary(
        status,
        error.isEmpty() ? Optional.empty() : Optional.of(error),
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
        weights.checkpoint());
  }

  /** The summary of a process without the learner. */
  static RunSummary summary(HeartbeatSender.RunEnded ended) {
    return brief(ended.status(), ended.error(), ended.steps(), ended.policySha256());
  }

  /**
   * The summary of a process whose part of the run failed.
   *
   * @param steps steps committed, as far as this process knows
   */
  static RunSummary failed(String error, long steps) {
    return brief(RunSummary.Status.FAILED, error, steps, "");
  }

  private static RunSummary brief(
      RunSummary.Status status, String error, long steps, String policySha256) {
    return new RunSummary(
        status,
        error.isEmpty() ? Optional.empty() : Optional.of(error),
        steps,
        ProcessFigures.secondsSinceStart(),
        Double.NaN,
        0,
        Map.of(),
        Map.of(),
        policySha256,
        ProcessFigures.peakRssMib(),
        Map.of(),
        0,
        0,
        LedgerCheck.NONE,
        Optional.empty());
  }

  private void tell(RunSummary summary, Weights weights) {
    told =
        new HeartbeatSender.RunEnded(
            summary.status(), weights.step(), summary.error().orElse(""), weights.policySha256());
    notices.stands("done", weights.step());
    farewell.accept(told);
    owner.tell(new Node.RunEnds(summary));
  }
}
