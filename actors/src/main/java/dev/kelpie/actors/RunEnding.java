package dev.kelpie.actors;

import akka.actor.typed.ActorRef;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The end of a run: its last words in the journal, its summary, and who is told of it. */
final class RunEnding {
  private final RunNotices notices;
  private final RunLog log;
  private final StepNumbers numbers;
  private final Consumer<Lifeline.RunEnded> farewell;
  private final ActorRef<Node.Command> owner;
  private final long startNanos = System.nanoTime();
  private Lifeline.@Nullable RunEnded told;

  /**
   * @param farewell tells the other nodes
   * @param owner takes the summary
   */
  RunEnding(
      RunNotices notices,
      RunLog log,
      StepNumbers numbers,
      Consumer<Lifeline.RunEnded> farewell,
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
  Lifeline.Command answerToBeat() {
    return told == null ? new Lifeline.Heard() : told;
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
    return RunSummary.of(status, error, weights, seconds, numbers, log, ledger);
  }

  private void tell(RunSummary summary, Weights weights) {
    told =
        new Lifeline.RunEnded(
            summary.status(), weights.step(), summary.error().orElse(""), weights.policySha256());
    notices.stands("done", weights.step());
    farewell.accept(told);
    owner.tell(new Node.RunEnds(summary));
  }
}
