package dev.kelpie.actors.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.actors.plan.ScoredUnit;
import dev.kelpie.runs.JournalEvent;
import dev.kelpie.runs.LedgerEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The checks of the interleavings can fail: faults in legal histories are found. */
class PlantedFaultsTest {
  private static final int SEEDS = 20;

  /** A fault in a journal. */
  enum Fault {
    NONE,
    CONSUMED_TWICE,
    CONSUMED_BY_ANOTHER_STEP,
    RECEIVED_BY_AN_EARLIER_ATTEMPT,
    TOO_OLD,
    STEP_NOT_COMMITTED,
    GROUP_LEFT_OUT,
    ISSUED_AGAIN,
    NEVER_DROPPED,
    GOES_ON_AFTER_THE_END,
    NO_END;

    List<JournalEvent> plant(List<JournalEvent> events) {
      return switch (this) {
        case NONE -> events;
        case CONSUMED_TWICE -> repeat(events, LedgerEvent.Kind.CONSUMED);
        case ISSUED_AGAIN -> repeat(events, LedgerEvent.Kind.ISSUED);
        case CONSUMED_BY_ANOTHER_STEP ->
            change(events, LedgerEvent.Kind.CONSUMED, e -> with(e, e.attempt(), e.number() + 1));
        case RECEIVED_BY_AN_EARLIER_ATTEMPT ->
            change(events, LedgerEvent.Kind.RECEIVED, e -> with(e, e.attempt() + 1, e.number()));
        case TOO_OLD ->
            change(events, LedgerEvent.Kind.ISSUED, e -> with(e, e.attempt(), e.number() + 9));
        case STEP_NOT_COMMITTED ->
            events.stream().filter(e -> !(e instanceof JournalEvent.Committed)).toList();
        case GROUP_LEFT_OUT -> remove(events, LedgerEvent.Kind.CONSUMED);
        case NEVER_DROPPED ->
            Stream.concat(
                    events.stream().limit(events.size() - 1L),
                    Stream.of(stray(events), events.get(events.size() - 1)))
                .toList();
        case GOES_ON_AFTER_THE_END ->
            Stream.concat(events.stream(), Stream.of(stray(events))).toList();
        case NO_END -> events.subList(0, events.size() - 1);
      };
    }
  }

  private static LedgerEvent with(LedgerEvent e, int attempt, long number) {
    return new LedgerEvent(e.kind(), e.group(), e.samples(), attempt, number, e.reason());
  }

  private static JournalEvent stray(List<JournalEvent> events) {
    LedgerEvent any = first(events, LedgerEvent.Kind.ISSUED);
    return new JournalEvent.Samples(with(any, any.attempt() + 99, any.number()));
  }

  private static LedgerEvent first(List<JournalEvent> events, LedgerEvent.Kind kind) {
    return events.stream()
        .flatMap(e -> e instanceof JournalEvent.Samples s ? Stream.of(s.event()) : Stream.of())
        .filter(e -> e.kind() == kind)
        .findFirst()
        .orElseThrow();
  }

  /** Changes the last event of a kind. */
  private static List<JournalEvent> change(
      List<JournalEvent> events, LedgerEvent.Kind kind, UnaryOperator<LedgerEvent> change) {
    List<JournalEvent> changed = new ArrayList<>(events);
    for (int i = changed.size() - 1; i >= 0; i--) {
      if (changed.get(i) instanceof JournalEvent.Samples s && s.event().kind() == kind) {
        changed.set(i, new JournalEvent.Samples(change.apply(s.event())));
        return changed;
      }
    }
    throw new IllegalStateException("no " + kind);
  }

  private static List<JournalEvent> repeat(List<JournalEvent> events, LedgerEvent.Kind kind) {
    List<JournalEvent> changed = new ArrayList<>(events);
    LedgerEvent found = first(events, kind);
    int at = changed.indexOf(new JournalEvent.Samples(found));
    changed.add(at, changed.get(at));
    return changed;
  }

  private static List<JournalEvent> remove(List<JournalEvent> events, LedgerEvent.Kind kind) {
    List<JournalEvent> changed = new ArrayList<>(events);
    changed.remove(new JournalEvent.Samples(first(events, kind)));
    return changed;
  }

  @ParameterizedTest
  @EnumSource
  void aFaultInTheJournalIsFound(Fault fault) {
    for (long seed = 1; seed <= SEEDS; seed++) {
      Interleaving interleaving = new Interleaving(seed);
      SimulatedCluster cluster = interleaving.undisturbedCluster();
      List<JournalEvent> events = cluster.learner().journal().events();
      List<String> found =
          new JournalAudit(interleaving.experiment()).of(fault.plant(events), true);
      if (fault == Fault.NONE) {
        assertThat(found).as("seed %s", seed).isEmpty();
      } else {
        assertThat(found).as("seed %s", seed).isNotEmpty();
      }
    }
  }

  /** A fault in what the learner is given. */
  enum Order {
    NONE,
    ANOTHER_STEP,
    A_UNIT_TWICE,
    A_UNIT_LEFT_OUT,
    REWARDS_OF_OTHERS,
    FILE_OF_ANOTHER_ATTEMPT
  }

  @ParameterizedTest
  @EnumSource
  void aFaultInAnOrderIsFound(Order fault) {
    for (long seed = 1; seed <= SEEDS; seed++) {
      Interleaving interleaving = new Interleaving(seed);
      List<String> found = new ArrayList<>();
      boolean planted = false;
      RecordingWatcher recorded = new RecordingWatcher();
      SimulatedCluster cluster = interleaving.undisturbedCluster(recorded);
      for (RecordingWatcher.Training order : recorded.orders()) {
        Invariants invariants = new Invariants(interleaving.experiment());
        invariants.watch(cluster.files());
        invariants.policy().putAll(recorded.policy());
        Optional<RecordingWatcher.Training> changed = plant(fault, order);
        if (changed.isPresent()) {
          planted = true;
          invariants.training(changed.get().before(), changed.get().step(), changed.get().units());
          found.addAll(invariants.faults());
        }
      }
      if (fault == Order.NONE) {
        assertThat(found).as("seed %s", seed).isEmpty();
      } else if (planted) {
        assertThat(found).as("seed %s", seed).isNotEmpty();
      }
    }
  }

  private static Optional<RecordingWatcher.Training> plant(
      Order fault, RecordingWatcher.Training order) {
    List<ScoredUnit> units = new ArrayList<>(order.units());
    if (units.isEmpty() || fault == Order.NONE) {
      return fault == Order.NONE ? Optional.of(order) : Optional.empty();
    }
    ScoredUnit first = units.get(0);
    long step = order.step();
    switch (fault) {
      case ANOTHER_STEP -> step++;
      case A_UNIT_TWICE -> units.add(first);
      case A_UNIT_LEFT_OUT -> units.remove(0);
      case REWARDS_OF_OTHERS ->
          units.set(
              0,
              new ScoredUnit(
                  first.unit(),
                  first.file(),
                  first.outcomes().subList(1, first.outcomes().size()),
                  first.numbers()));
      case FILE_OF_ANOTHER_ATTEMPT ->
          units.set(
              0,
              new ScoredUnit(
                  first.unit().retry(), first.file(), first.outcomes(), first.numbers()));
      default -> throw new IllegalStateException(fault.name());
    }
    return Optional.of(new RecordingWatcher.Training(order.before(), step, units));
  }
}
