package dev.kelpie.actors.plan;

import dev.kelpie.experience.RewardOutcome;
import dev.kelpie.experience.RolloutUnit;
import dev.kelpie.experience.Score;
import dev.kelpie.experience.waiting.Work;
import dev.kelpie.runs.UnitJournal;
import dev.kelpie.wire.file.FileTicket;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A unit of rollout work from its first attempt until it is consumed. Each change of its state
 * writes a line of the journal.
 */
final class TrackedUnit {
  private static final int MOST_FAILURES = 3;

  private final boolean needsNumbers;
  private final UnitJournal journal;
  private RolloutUnit attempt;
  private State state = State.ISSUED;
  private @Nullable RewardOutcome[] outcomes;
  private @Nullable FileTicket file;
  private @Nullable FileTicket numbers;
  private int failures;
  private int rewardFailures;

  private enum State {
    /** A worker is to generate the responses. */
    ISSUED,
    /** The responses are there, but not all of their rewards. */
    RECEIVED,
    /** All rewards are there; log-probabilities under models may be missing. */
    REWARDED,
    /** The last attempt was given up, and the next is not issued yet. */
    DROPPED
  }

  /**
   * @param needsNumbers whether it is complete only with log-probabilities under models
   */
  TrackedUnit(RolloutUnit first, boolean needsNumbers, UnitJournal journal) {
    this.needsNumbers = needsNumbers;
    this.journal = journal;
    this.attempt = first;
    this.outcomes = new @Nullable RewardOutcome[first.rows()];
    journal.issued(first);
  }

  /** Begins the next attempt, for which nothing has come yet. */
  void issue(RolloutUnit next) {
    attempt = next;
    outcomes = new @Nullable RewardOutcome[next.rows()];
    file = null;
    numbers = null;
    state = State.ISSUED;
    journal.issued(next);
  }

  /** The newest attempt. */
  RolloutUnit attempt() {
    return attempt;
  }

  /** Whether it is complete only with log-probabilities under models. */
  boolean needsNumbers() {
    return needsNumbers;
  }

  /** Whether the log-probabilities have come. */
  boolean hasNumbers() {
    return numbers != null;
  }

  /** The file of its responses. */
  FileTicket file() {
    return Objects.requireNonNull(file, "no responses yet");
  }

  /** Whether the newest attempt was given up. */
  boolean isDropped() {
    return state == State.DROPPED;
  }

  /** Takes the file of responses; false when it has one. */
  boolean receive(FileTicket responses) {
    if (state != State.ISSUED) {
      return false;
    }
    file = responses;
    state = State.RECEIVED;
    journal.received(attempt);
    return true;
  }

  /** Takes rewards of rows; true when they were the last that were missing. */
  boolean reward(int fromRow, List<RewardOutcome> rewards) {
    boolean known = fromRow >= 0 && fromRow + rewards.size() <= outcomes.length;
    if (state != State.RECEIVED || !known) {
      return false;
    }
    for (int i = 0; i < rewards.size(); i++) {
      if (outcomes[fromRow + i] == null) {
        outcomes[fromRow + i] = rewards.get(i);
      }
    }
    List<RewardOutcome> all = outcomes();
    if (all.size() < outcomes.length) {
      return false;
    }
    state = State.REWARDED;
    rewardFailures = 0;
    journal.rewarded(attempt, all);
    return true;
  }

  /**
   * Gives every response the score of the data, or 0, in place of a reward.
   *
   * @param journalled whether the journal has them as rewards, as where other units have some
   */
  void takeGivenScores(boolean journalled) {
    for (int row = 0; row < outcomes.length; row++) {
      double score = attempt.givenScore(row).orElse(0);
      outcomes[row] = new RewardOutcome.Scored(new Score((float) score, Map.of()));
    }
    state = State.REWARDED;
    if (journalled) {
      journal.rewarded(attempt, outcomes());
    }
  }

  /** The rewards that are there, in order of their rows. */
  List<RewardOutcome> outcomes() {
    List<RewardOutcome> known = new ArrayList<>();
    for (RewardOutcome outcome : outcomes) {
      if (outcome != null) {
        known.add(outcome);
      }
    }
    return known;
  }

  /** Takes the file of log-probabilities; false when it has one. */
  boolean numbers(FileTicket scored) {
    if (numbers != null) {
      return false;
    }
    numbers = scored;
    return true;
  }

  /** Whether nothing is missing. */
  boolean isComplete() {
    return state == State.REWARDED && (!needsNumbers || numbers != null);
  }

  /** What the learner gets of a complete unit. */
  ScoredUnit scored() {
    FileTicket responses = file;
    if (responses == null || !isComplete()) {
      throw new IllegalArgumentException(attempt.id() + ": incomplete (expected: complete)");
    }
    return new ScoredUnit(attempt.id(), responses, outcomes(), Optional.ofNullable(numbers));
  }

  /** Writes that a complete unit was used. */
  ScoredUnit consume() {
    ScoredUnit scored = scored();
    journal.consumed(attempt);
    return scored;
  }

  /** Gives the newest attempt up, unless it was given up before. */
  void drop(String reason) {
    if (!isDropped()) {
      journal.dropped(attempt, reason);
      state = State.DROPPED;
    }
  }

  /**
   * Counts an attempt that failed.
   *
   * @throws CannotContinue when it was the last that is tried
   */
  void countFailure(String why) {
    failures++;
    if (failures >= MOST_FAILURES) {
      throw new CannotContinue(attempt.id() + " failed " + failures + " times; " + why);
    }
  }

  /**
   * Counts a failure to score rows of the unit; all rewards there forget them.
   *
   * @throws CannotContinue when it was the last that is tried
   */
  void countRewardFailure(String why) {
    rewardFailures++;
    if (rewardFailures >= MOST_FAILURES) {
      throw new CannotContinue(
          attempt.id() + " could not be scored " + rewardFailures + " times; " + why);
    }
  }

  /**
   * What is missing; empty when it is complete or given up.
   *
   * @param rewardsWait whether rewards need the log-probabilities
   */
  Optional<UnitTracker.Missing> missing(boolean rewardsWait) {
    int rewards = outcomes.length - outcomes().size();
    boolean lacksNumbers = needsNumbers && numbers == null;
    var reference = new UnitTracker.Missing(Work.REFERENCE, "the log-probabilities under models");
    return switch (state) {
      case ISSUED ->
          Optional.of(
              new UnitTracker.Missing(
                  attempt.id().isEval() ? Work.EVALUATE : Work.GENERATE, "the responses"));
      case RECEIVED ->
          Optional.of(
              lacksNumbers && rewardsWait
                  ? reference
                  : new UnitTracker.Missing(
                      Work.REWARD, rewards + " of " + outcomes.length + " rewards"));
      case REWARDED -> lacksNumbers ? Optional.of(reference) : Optional.empty();
      case DROPPED -> Optional.empty();
    };
  }
}
