package dev.kelpie.runs;

import dev.kelpie.experience.GroupId;
import dev.kelpie.experience.Purpose;
import dev.kelpie.experience.RewardOutcome;
import dev.kelpie.experience.RolloutUnit;
import dev.kelpie.experience.reward.Scale;
import dev.kelpie.experience.scoring.ScorerState;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.function.Consumer;

/** Journal and ledger together: what is written into the one is counted by the other. */
public final class RunLog implements UnitJournal, AutoCloseable {
  private final long maxStaleness;
  private final Store journal;
  private final State state;

  /** Where the events of a journal are kept. */
  public interface Store extends AutoCloseable {
    /** Adds an event; it is kept for good after the next {@link #sync}. */
    void append(JournalEvent event);

    /**
     * Keeps all events for good.
     *
     * @throws java.io.UncheckedIOException when that fails; they are kept by the next call
     */
    void sync();

    /** Hands all events that are kept to {@code sink}, in order. */
    void replay(Consumer<JournalEvent> sink);

    @Override
    void close();
  }

  /** The state that the journal's events add up to. */
  private static final class State {
    final Ledger ledger;
    final TreeMap<Long, Map<String, Double>> evaluations = new TreeMap<>();
    final TreeMap<Long, BestEvaluation> best = new TreeMap<>();
    final TreeMap<Long, Integer> units = new TreeMap<>();
    final TreeMap<Long, Map<String, Scale>> scales = new TreeMap<>();
    long iterationStep = -1;
    boolean empty = true;

    State(long maxStaleness) {
      this.ledger = new Ledger(maxStaleness);
    }

    void apply(JournalEvent event) {
      empty = false;
      if (event instanceof JournalEvent.Samples samples) {
        ledger.apply(samples.event());
        splitBefore(samples.event().group());
      } else if (event instanceof JournalEvent.Split split) {
        units.put(split.step(), split.units());
      } else if (event instanceof JournalEvent.Rewound rewound) {
        evaluations.tailMap(rewound.step(), false).clear();
        best.tailMap(rewound.step(), false).clear();
        scales.tailMap(rewound.step(), false).clear();
        iterationStep = Math.min(iterationStep, rewound.step());
        ledger.rewind(rewound.step(), evaluations::containsKey);
      } else if (event instanceof JournalEvent.Evaluated evaluated) {
        evaluations.put(evaluated.step(), evaluated.values());
      } else if (event instanceof JournalEvent.Best one) {
        best.put(one.evaluation().step(), one.evaluation());
      } else if (event instanceof JournalEvent.Scaled scaled) {
        scales.put(scaled.step(), scaled.scales());
      } else if (event instanceof JournalEvent.IterationBegan began) {
        iterationStep = began.step();
      }
    }

    /** Earlier versions journalled the groups of a step without its split. */
    private void splitBefore(GroupId group) {
      if (group.purpose() == Purpose.ROLLOUT) {
        units.putIfAbsent(group.step(), 0);
      }
    }
  }

  private RunLog(long maxStaleness, Store journal, State state) {
    this.maxStaleness = maxStaleness;
    this.journal = journal;
    this.state = state;
  }

  /**
   * Continues the journal in {@code events}, or starts one. Everything after {@code step} is
   * discarded: samples in flight are dropped, and so are those that later steps consumed.
   */
  public static RunLog open(Path events, long maxStaleness, long step, long seed) {
    return open(Journal.open(events), maxStaleness, step, seed);
  }

  /** The same with a journal that is kept elsewhere. */
  public static RunLog open(Store journal, long maxStaleness, long step, long seed) {
    State state = new State(maxStaleness);
    journal.replay(state::apply);
    boolean again = !state.empty;
    RunLog log = new RunLog(maxStaleness, journal, state);
    log.append(new JournalEvent.Started(step, seed));
    if (again) {
      log.append(new JournalEvent.Rewound(step));
    }
    log.sync();
    return log;
  }

  private void append(JournalEvent event) {
    state.apply(event);
    journal.append(event);
  }

  /** Fixes the number of units of a step. */
  public void split(long step, int units) {
    append(new JournalEvent.Split(step, units));
  }

  /** Records that a step samples further prompts. */
  public void refilled(long step, int prompts) {
    append(new JournalEvent.Refilled(step, prompts));
  }

  /**
   * The number of units of a step that was issued before; 0 when it was issued by a version that
   * did not journal the number.
   */
  public OptionalInt unitsOf(long step) {
    Integer units = state.units.get(step);
    return units == null ? OptionalInt.empty() : OptionalInt.of(units);
  }

  @Override
  public void issued(RolloutUnit unit) {
    groups(LedgerEvent.Kind.ISSUED, unit, unit.version().number(), "");
  }

  @Override
  public void received(RolloutUnit unit) {
    groups(LedgerEvent.Kind.RECEIVED, unit, 0, "");
  }

  @Override
  public void rewarded(RolloutUnit unit, List<RewardOutcome> outcomes) {
    List<GroupId> groups = unit.groups();
    int from = 0;
    for (int i = 0; i < groups.size(); i++) {
      int to = from + unit.groupSize(i);
      long failed =
          outcomes.subList(from, to).stream()
              .filter(outcome -> outcome instanceof RewardOutcome.Failed)
              .count();
      event(LedgerEvent.Kind.REWARDED, unit, i, failed, "");
      from = to;
    }
  }

  @Override
  public void consumed(RolloutUnit unit) {
    groups(LedgerEvent.Kind.CONSUMED, unit, unit.id().step(), "");
  }

  @Override
  public void dropped(RolloutUnit unit, String reason) {
    groups(LedgerEvent.Kind.DROPPED, unit, 0, reason);
  }

  @Override
  public void scaled(long step, Map<String, Scale> scales) {
    append(new JournalEvent.Scaled(step, scales));
  }

  @Override
  public Map<String, Scale> scales(long step) {
    Map.Entry<Long, Map<String, Scale>> newest = state.scales.floorEntry(step);
    return newest == null ? Map.of() : newest.getValue();
  }

  private void groups(LedgerEvent.Kind kind, RolloutUnit unit, long number, String reason) {
    for (int i = 0; i < unit.prompts().size(); i++) {
      event(kind, unit, i, number, reason);
    }
  }

  private void event(
      LedgerEvent.Kind kind, RolloutUnit unit, int index, long number, String reason) {
    GroupId group = unit.groups().get(index);
    append(
        new JournalEvent.Samples(
            new LedgerEvent(
                kind, group, unit.groupSize(index), unit.id().attempt(), number, reason)));
  }

  /** Records a step's update; it is on disk after the next {@link #sync}. */
  public void committed(
      long step, String weightsSha256, String pairsSha256, Optional<ScorerState> processReward) {
    append(new JournalEvent.Committed(step, weightsSha256, pairsSha256, processReward));
  }

  /** Records the groups that a step was trained on again. */
  public void replayed(long byStep, List<ReplayedGroup> groups) {
    for (ReplayedGroup one : groups) {
      append(
          new JournalEvent.Samples(
              new LedgerEvent(
                  LedgerEvent.Kind.REPLAYED,
                  one.group(),
                  one.samples(),
                  one.attempt(),
                  byStep,
                  "")));
    }
  }

  /** Records that an iteration begins after {@code step}, unless that is known. */
  public void iterationBegan(long step, long iteration, String weightsSha256) {
    if (state.iterationStep != step) {
      append(new JournalEvent.IterationBegan(step, iteration, weightsSha256));
    }
  }

  /** Records what became of the weights at an iteration's end. */
  public void advanced(long step, String operator, String weightsSha256) {
    append(new JournalEvent.Advanced(step, operator, weightsSha256));
  }

  /** Records that the steps after {@code step} continue from the weights of version {@code to}. */
  public void branchDiscarded(long step, long to, String weightsSha256) {
    append(new JournalEvent.BranchDiscarded(step, to, weightsSha256));
  }

  /** Records a complete checkpoint; the run never returns to one before {@code oldestKept}. */
  public void checkpointed(long step, long oldestKept) {
    append(new JournalEvent.Checkpointed(step));
    sync();
    state.ledger.forget(oldestKept, state.evaluations::containsKey);
    state.units.headMap(oldestKept, true).clear();
    Long first = state.scales.floorKey(oldestKept - 1 - maxStaleness);
    if (first != null) {
      state.scales.headMap(first, false).clear();
    }
  }

  public void evaluated(long step, Map<String, Double> values) {
    append(new JournalEvent.Evaluated(step, values));
    sync();
  }

  /** Records an evaluation that is better than all before. */
  public void best(BestEvaluation evaluation) {
    append(new JournalEvent.Best(evaluation));
    sync();
  }

  /** Records that the step after {@code step} is trained from the weights after {@code to}. */
  public void rolledBack(long step, long to) {
    append(new JournalEvent.RolledBack(step, to));
    sync();
  }

  /** Records an evaluation whose checkpoint has passed the gate. */
  public void promoted(BestEvaluation evaluation) {
    append(new JournalEvent.Promoted(evaluation));
    sync();
  }

  /** The best evaluation by {@code metric}, if one was recorded. */
  public Optional<BestEvaluation> best(String metric) {
    return state.best.descendingMap().values().stream()
        .filter(one -> one.metric().equals(metric))
        .findFirst();
  }

  public void ended(String status, long step) {
    append(new JournalEvent.Ended(status, step));
    sync();
  }

  /** Writes everything to disk. */
  public void sync() {
    journal.sync();
  }

  /** The number of the next attempt at a group. */
  public int nextAttempt(GroupId group) {
    return state.ledger.nextAttempt(group);
  }

  /** The evaluation of the weights after {@code step}, if it is complete. */
  public Optional<Map<String, Double>> evaluation(long step) {
    return Optional.ofNullable(state.evaluations.get(step));
  }

  /** All evaluations that are complete, by the step whose weights they measured. */
  public NavigableMap<Long, Map<String, Double>> evaluations() {
    return Collections.unmodifiableNavigableMap(state.evaluations);
  }

  /** The first evaluation; empty when there is none. */
  public Map<String, Double> firstEvaluation() {
    return state.evaluations.isEmpty() ? Map.of() : state.evaluations.firstEntry().getValue();
  }

  /** The last evaluation; empty when there is none. */
  public Map<String, Double> lastEvaluation() {
    return state.evaluations.isEmpty() ? Map.of() : state.evaluations.lastEntry().getValue();
  }

  /** Counts of training samples by event. */
  public Map<String, Long> counts() {
    return state.ledger.counts();
  }

  /**
   * Counts of a journal on disk.
   *
   * @param segments its files
   * @param lines their readable lines
   * @param ledger the counts; a damaged line is one of the violations
   */
  public record Recount(int segments, long lines, LedgerCheck ledger) {}

  /** Counts the readable lines of the journal in {@code events}; any lag is allowed. */
  public static Recount recount(Path events) {
    State state = new State(Long.MAX_VALUE);
    long[] lines = {0};
    Journal.replay(
        events,
        event -> {
          lines[0]++;
          state.apply(event);
        },
        (segment, problem) -> state.ledger.violation(segment.getFileName() + problem));
    return new Recount(Journal.segments(events).size(), lines[0], state.ledger.check());
  }

  /** Recounts everything from the journal on disk. */
  public LedgerCheck check() {
    State again = new State(maxStaleness);
    journal.replay(again::apply);
    return again.ledger.check();
  }

  @Override
  public void close() {
    journal.close();
  }
}
