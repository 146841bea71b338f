package dev.kelpie.actors.plan;

import dev.kelpie.config.Experiment;
import dev.kelpie.experience.RewardOutcome;
import dev.kelpie.experience.RolloutUnit;
import dev.kelpie.experience.UnitId;
import dev.kelpie.experience.reward.Scale;
import dev.kelpie.experience.waiting.Work;
import dev.kelpie.runs.UnitJournal;
import dev.kelpie.wire.file.FileTicket;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * The units of rollout work under way: what has come for each, which rows wait for a reward, and
 * which units are to be issued again. Groups are whole within a unit, so a complete unit is
 * complete groups. What comes for an attempt that was given up, or comes twice, is ignored.
 */
public final class UnitTracker {
  private final Asked asked;
  private final ScoringNeed need;
  private final long maxStaleness;
  private final UnitJournal journal;
  private final Consumer<String> warnings;
  // By their first attempts, which name the work.
  private final TreeMap<UnitId, TrackedUnit> units = new TreeMap<>();
  private final Deque<Rows> toReward = new ArrayDeque<>();
  private final Deque<Responses> toScore = new ArrayDeque<>();
  private boolean failedRewardReported;

  /**
   * A range of a unit's rows to be scored: a group, or a block of an evaluation.
   *
   * @param numbers log-probabilities of all the unit's responses, where rewards need them
   */
  public record Rows(
      UnitId unit, FileTicket file, int from, int to, Optional<FileTicket> numbers) {}

  /** Which responses are scored. */
  public enum Asked {
    /** None: each has the score that the data give it, or 0. */
    NONE,
    /** Those of evaluations; those of training as before. */
    EVALUATIONS,
    /** All. */
    ALL;

    /** What an experiment has scored. */
    public static Asked of(Experiment experiment) {
      if (!experiment.reward().isEmpty()) {
        return ALL;
      }
      return experiment.heldOut().isEmpty() ? NONE : EVALUATIONS;
    }

    boolean of(boolean evaluation) {
      return this == ALL || (this == EVALUATIONS && evaluation);
    }
  }

  /** All of a unit's responses, to be scored by models. */
  public record Responses(UnitId unit, FileTicket file) {}

  /**
   * Creates a tracker without units.
   *
   * @param need which units are scored by models
   * @param maxStaleness most versions a group may lag when it is trained on
   * @param journal records what happens to each unit
   * @param warnings takes a line for each unit that is issued or scored again, and for the first
   *     reward that failed
   */
  public UnitTracker(
      ScoringNeed need, long maxStaleness, UnitJournal journal, Consumer<String> warnings) {
    this(Asked.ALL, need, maxStaleness, journal, warnings);
  }

  /**
   * The same.
   *
   * @param asked which responses are scored
   */
  public UnitTracker(
      Asked asked,
      ScoringNeed need,
      long maxStaleness,
      UnitJournal journal,
      Consumer<String> warnings) {
    this.asked = asked;
    this.need = need;
    this.maxStaleness = maxStaleness;
    this.journal = journal;
    this.warnings = warnings;
  }

  /** The next attempt at the first unit whose last attempt was given up, if there is one. */
  public Optional<UnitId> nextRetry() {
    for (TrackedUnit unit : units.values()) {
      if (unit.isDropped()) {
        return Optional.of(unit.attempt().id().retry());
      }
    }
    return Optional.empty();
  }

  /** Expects the results of a unit, which is with a worker now. */
  public void issued(RolloutUnit unit) {
    UnitId work = unit.id().withAttempt(0);
    TrackedUnit known = units.get(work);
    if (known == null) {
      units.put(work, new TrackedUnit(unit, need.of(unit.id().isEval()), journal));
    } else {
      known.issue(unit);
    }
  }

  private Optional<TrackedUnit> find(UnitId id) {
    return Optional.ofNullable(units.get(id.withAttempt(0)))
        .filter(unit -> !unit.isDropped() && unit.attempt().id().equals(id));
  }

  /** Takes a unit's responses, which then wait to be scored; false when nobody awaits them. */
  public boolean received(UnitId id, FileTicket file) {
    Optional<TrackedUnit> unit = find(id).filter(item -> item.receive(file));
    unit.ifPresent(
        item -> {
          if (!asked.of(id.isEval())) {
            item.takeGivenScores(asked != Asked.NONE);
          } else if (need != ScoringNeed.REWARDS) {
            queueRows(item.attempt(), file, Optional.empty());
          }
          if (item.needsNumbers()) {
            toScore.add(new Responses(id, file));
          }
        });
    return unit.isPresent();
  }

  private void queueRows(RolloutUnit unit, FileTicket file, Optional<FileTicket> numbers) {
    if (unit.rows() == unit.prompts().size()) {
      // One response to each prompt, as in an evaluation: scored in blocks of about the same size.
      int block = Math.max(1, (unit.rows() + 7) / 8);
      for (int from = 0; from < unit.rows(); from += block) {
        int to = Math.min(from + block, unit.rows());
        toReward.add(new Rows(unit.id(), file, from, to, numbers));
      }
      return;
    }
    int from = 0;
    for (int group = 0; group < unit.prompts().size(); group++) {
      int to = from + unit.groupSize(group);
      toReward.add(new Rows(unit.id(), file, from, to, numbers));
      from = to;
    }
  }

  /** The rows to score next, if any wait. */
  public Optional<Rows> nextRows() {
    return Optional.ofNullable(toReward.poll());
  }

  /** Whether rows wait for a worker to score them. */
  public boolean hasRows() {
    return !toReward.isEmpty();
  }

  /** Rows whose worker is lost are the next to be scored. */
  public void returned(Rows rows) {
    if (find(rows.unit()).isPresent()) {
      toReward.addFirst(rows);
    }
  }

  /** The responses that models score next, if any wait. */
  public Optional<Responses> nextResponses() {
    Responses next = toScore.poll();
    while (next != null && !isAwaited(next)) {
      next = toScore.poll();
    }
    return Optional.ofNullable(next);
  }

  /** Whether responses wait for a worker with the models. */
  public boolean hasResponses() {
    return !toScore.isEmpty();
  }

  /** Responses whose worker is lost are the next that models score. */
  public void returned(Responses responses) {
    if (isAwaited(responses)) {
      toScore.addFirst(responses);
    }
  }

  /** Whether a unit still lacks its numbers: an order may be repeated after its answer came. */
  private boolean isAwaited(Responses responses) {
    return find(responses.unit()).filter(unit -> !unit.hasNumbers()).isPresent();
  }

  /** Takes the rewards of rows; true when they were the last that the unit missed. */
  public boolean rewarded(UnitId id, int fromRow, List<RewardOutcome> outcomes) {
    Optional<TrackedUnit> unit = find(id).filter(item -> item.reward(fromRow, outcomes));
    unit.ifPresent(this::reportFailedReward);
    return unit.isPresent();
  }

  /** All failed rewards are counted; the first of a run is reported. */
  private void reportFailedReward(TrackedUnit unit) {
    List<RewardOutcome> outcomes = unit.outcomes();
    for (int row = 0; row < outcomes.size() && !failedRewardReported; row++) {
      if (outcomes.get(row) instanceof RewardOutcome.Failed failed) {
        failedRewardReported = true;
        warnings.accept(
            String.format(
                Locale.ROOT,
                "no reward for a response to %s: %s; it counts as failed and is not trained on, and"
                    + " later ones are only counted",
                unit.attempt().promptOfRow(row).id(),
                failed.reason()));
      }
    }
  }

  /**
   * Rows that could not be scored are the last to be scored again.
   *
   * @throws CannotContinue when rows of this unit have failed too often
   */
  public void rewardFailed(Rows rows, String why) {
    Optional<TrackedUnit> unit = find(rows.unit());
    if (unit.isPresent()) {
      unit.get().countRewardFailure(why);
      toReward.addLast(rows);
      warnings.accept(rows.unit() + " is scored again: " + why);
    }
  }

  /**
   * Takes the file of a unit's log-probabilities; rewards that need it can begin. False when nobody
   * awaits it.
   */
  public boolean referenceScored(UnitId id, FileTicket file) {
    Optional<TrackedUnit> unit = find(id).filter(item -> item.numbers(file));
    if (need == ScoringNeed.REWARDS && asked.of(id.isEval())) {
      unit.ifPresent(item -> queueRows(item.attempt(), item.file(), Optional.of(file)));
    }
    return unit.isPresent();
  }

  /**
   * Gives an attempt up that its worker could not finish.
   *
   * @param reason for the journal
   * @throws CannotContinue when this unit has failed too often
   */
  public void failed(UnitId id, String why, String reason) {
    find(id).ifPresent(unit -> unit.countFailure(why));
    giveUp(id, why, reason);
  }

  /** Gives an attempt up through no fault of its own; the unit is issued again. */
  public void giveUp(UnitId id, String why, String reason) {
    find(id)
        .ifPresent(
            unit -> {
              unit.drop(reason);
              unqueue(id);
              warnings.accept(id + " is issued again: " + why);
            });
  }

  private void unqueue(UnitId id) {
    toReward.removeIf(rows -> rows.unit().equals(id));
    toScore.removeIf(responses -> responses.unit().equals(id));
  }

  /**
   * The complete units of a step, in order, once there are {@code count} of them. Those that lag
   * too far to be trained on are issued again first.
   */
  public Optional<List<ScoredUnit>> complete(long step, int count) {
    List<TrackedUnit> own =
        units.values().stream()
            .filter(unit -> !unit.attempt().id().isEval() && unit.attempt().id().step() == step)
            .toList();
    for (TrackedUnit unit : own) {
      if (unit.isComplete() && lag(step, unit) > maxStaleness) {
        giveUp(unit.attempt().id(), "it is too old for step " + step, "stale");
      }
    }
    return count > 0 && own.size() == count && own.stream().allMatch(TrackedUnit::isComplete)
        ? Optional.of(own.stream().map(TrackedUnit::scored).toList())
        : Optional.empty();
  }

  /** The outcomes of each group of a step whose units are complete, group by group. */
  public List<List<RewardOutcome>> groups(long step) {
    List<List<RewardOutcome>> groups = new ArrayList<>();
    for (TrackedUnit unit : units.values()) {
      RolloutUnit attempt = unit.attempt();
      if (!attempt.id().isEval() && attempt.id().step() == step) {
        List<RewardOutcome> outcomes = unit.outcomes();
        int from = 0;
        for (int i = 0; i < attempt.prompts().size(); i++) {
          groups.add(outcomes.subList(from, from + attempt.groupSize(i)));
          from += attempt.groupSize(i);
        }
      }
    }
    return groups;
  }

  private static long lag(long step, TrackedUnit unit) {
    return step - 1 - unit.attempt().version().number();
  }

  /** Forgets units that a step was trained on; how many versions each lagged. */
  public List<Long> trained(long step, List<ScoredUnit> trained) {
    List<Long> lags = new ArrayList<>();
    for (ScoredUnit scored : trained) {
      lags.add(lag(step, find(scored.unit()).orElseThrow()));
      consumed(scored.unit());
    }
    Map<String, Scale> before = journal.scales(step - 1);
    Map<String, Scale> scales = RunningScales.after(before, trained);
    if (!scales.equals(before)) {
      journal.scaled(step, scales);
    }
    return lags;
  }

  /**
   * Mean and spread of rewards' values that those of a unit are normalised by: of the steps that
   * are trained whenever it begins, of an evaluation those before the weights that it measures.
   */
  public Map<String, Scale> scales(UnitId unit) {
    return journal.scales(unit.isEval() ? unit.step() : unit.step() - 1 - maxStaleness);
  }

  /** Forgets a complete unit, which was used. */
  public ScoredUnit consumed(UnitId id) {
    ScoredUnit scored = find(id).orElseThrow().consume();
    units.remove(id.withAttempt(0));
    return scored;
  }

  /** Forgets what will not be needed: units after {@code lastStep}, and all evaluations. */
  public void dropAfter(long lastStep, String reason) {
    units
        .values()
        .removeIf(
            unit -> {
              UnitId id = unit.attempt().id();
              boolean needless = id.isEval() || id.step() > lastStep;
              if (needless) {
                unit.drop(reason);
                unqueue(id);
              }
              return needless;
            });
  }

  /** All attempts under way, in order. */
  public List<UnitId> underWay() {
    return units.values().stream()
        .filter(unit -> !unit.isDropped())
        .map(unit -> unit.attempt().id())
        .toList();
  }

  /** Units whose last attempt was given up, and which are to be issued again. */
  public List<UnitId> toRetry() {
    return units.values().stream()
        .filter(TrackedUnit::isDropped)
        .map(unit -> unit.attempt().id())
        .toList();
  }

  /** What an attempt lacks: the kind of work, and in words. */
  public record Missing(Work work, String what) {}

  /** What an attempt under way waits for; empty when it is complete. */
  public Optional<Missing> missing(UnitId id) {
    return find(id).flatMap(unit -> unit.missing(need == ScoringNeed.REWARDS));
  }
}
