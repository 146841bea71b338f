package dev.kelpie.actors.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.config.IterationOptions;
import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.experience.Purpose;
import dev.kelpie.experience.UnitId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

class RolloutScheduleTest {
  @Test
  void issuesNothingBeforeWeightsAreThere() {
    assertThat(schedule(5, 2, 0, 0, 0).next(1)).isEmpty();
  }

  @Test
  void synchronousStepWaitsForTheVersionBefore() {
    RolloutSchedule schedule = schedule(5, 2, 0, 0, 0);
    schedule.published(version(0), false);

    assertThat(drain(schedule)).containsExactly(rollout(1, 0, 0), rollout(1, 1, 0));
    schedule.committed(1);
    assertThat(schedule.next(1)).isEmpty();
    schedule.published(version(1), false);
    assertThat(drain(schedule)).containsExactly(rollout(2, 0, 0), rollout(2, 1, 0));
    assertThat(schedule.versionFor(rollout(2, 0, 0))).isEqualTo(version(1));
  }

  @Test
  void stalenessLetsLaterStepsBeginEarlier() {
    RolloutSchedule schedule = schedule(9, 1, 2, 0, 0);
    schedule.published(version(0), false);

    // Version 0 >= s - 1 - 2 holds for steps 1 to 3.
    assertThat(drain(schedule)).hasSize(3);
  }

  @Test
  void runThatStopsEarlyMeasuresNoMore() {
    RolloutSchedule schedule = schedule(6, 1, 0, 2, 1);
    schedule.published(version(0), true);
    assertThat(drain(schedule)).containsExactly(rollout(1, 0, 0));

    assertThat(schedule.stop()).isTrue();
    schedule.committed(1);
    schedule.published(version(1), false);

    assertThat(drain(schedule)).isEmpty();
    assertThat(schedule.evaluating()).isFalse();
    assertThat(schedule.finished()).isTrue();
  }

  @Test
  void evaluationComesFirstAndHoldsTrainingUp() {
    RolloutSchedule schedule = schedule(4, 1, 0, 2, 2);
    schedule.published(version(0), false);

    assertThat(drain(schedule)).containsExactly(eval(0, 0), eval(0, 1), rollout(1, 0, 0));
    assertThat(schedule.trainable()).isEmpty();
    schedule.measured();
    assertThat(schedule.trainable()).isEmpty();
    schedule.measured();
    assertThat(schedule.trainable()).contains(1L);
    schedule.committed(1);
    schedule.published(version(1), false);
    assertThat(drain(schedule)).containsExactly(rollout(2, 0, 0));
    schedule.committed(2);
    schedule.published(version(2), false);
    assertThat(schedule.evaluating()).isTrue();
  }

  @Test
  void whatWasMeasuredBeforeTheRestartIsNotMeasuredAgain() {
    RolloutSchedule schedule = schedule(4, 1, 0, 2, 2);
    schedule.published(version(0), true);

    assertThat(drain(schedule)).containsExactly(rollout(1, 0, 0));
  }

  @Test
  void weightsThatArePublishedAgainBeginNoSecondEvaluation() {
    RolloutSchedule schedule = schedule(4, 1, 0, 2, 2);
    schedule.published(version(0), false);
    assertThat(schedule.next(1)).contains(eval(0, 0));
    schedule.measured();

    schedule.published(version(0), false);

    assertThat(drain(schedule)).containsExactly(eval(0, 1), rollout(1, 0, 0));
    schedule.measured();
    assertThat(schedule.evaluating()).isFalse();
  }

  @Test
  void stopFinishesTheStepAtHand() {
    RolloutSchedule schedule = schedule(5, 2, 0, 0, 0);
    schedule.published(version(0), false);
    schedule.next(1);

    assertThat(schedule.stop()).isTrue();

    assertThat(drain(schedule)).containsExactly(rollout(1, 1, 0));
    assertThat(schedule.finished()).isFalse();
    schedule.committed(1);
    schedule.published(version(1), false);
    assertThat(schedule.next(1)).isEmpty();
    assertThat(schedule.finished()).isTrue();
  }

  @Test
  void stopBeforeAnythingBeganEndsAtOnce() {
    RolloutSchedule schedule = schedule(5, 2, 0, 1, 0);

    assertThat(schedule.stop()).isTrue();
    assertThat(schedule.finished()).isTrue();
  }

  /** Workers that take and finish units in random order do every unit once. */
  @RepeatedTest(50)
  void anyInterleavingDoesEveryUnitOnce(RepetitionInfo repetition) {
    Random random = new Random(repetition.getCurrentRepetition());
    int staleness = random.nextInt(3);
    RolloutSchedule schedule = schedule(8, 3, staleness, 2, 3);
    Map<UnitId, Long> working = new HashMap<>();
    Set<UnitId> done = new HashSet<>();
    long version = 0;
    schedule.published(version(0), false);
    for (int turn = 0; !schedule.finished(); turn++) {
      assertThat(turn).isLessThan(100_000);
      int choice = random.nextInt(3);
      if (choice == 0) {
        Optional<UnitId> next = schedule.next(1);
        if (next.isPresent()) {
          assertThat(working).doesNotContainKey(next.get());
          UnitId work = next.get().withAttempt(0);
          assertThat(done).noneMatch(unit -> unit.withAttempt(0).equals(work));
          working.put(next.get(), schedule.versionFor(next.get()).number());
        }
      } else if (choice == 1 && !working.isEmpty()) {
        UnitId unit = new ArrayList<>(working.keySet()).get(random.nextInt(working.size()));
        long sampledWith = working.getOrDefault(unit, -1L);
        working.remove(unit);
        done.add(unit);
        if (unit.isEval()) {
          schedule.measured();
        } else {
          assertThat(unit.step() - 1 - sampledWith).isBetween(0L, (long) staleness);
        }
      } else {
        Optional<Long> step = schedule.trainable();
        if (step.isPresent() && ofStep(done, step.get()) == 3) {
          schedule.committed(step.get());
          schedule.published(version(++version), false);
        }
      }
    }
    assertThat(done.stream().filter(unit -> !unit.isEval())).hasSize(24);
    // Measured at 0, 3, 6 and 8, two units each.
    assertThat(done.stream().filter(UnitId::isEval)).hasSize(8);
  }

  private static long ofStep(Set<UnitId> units, long step) {
    return units.stream().filter(unit -> !unit.isEval() && unit.step() == step).count();
  }

  private static RolloutSchedule schedule(
      long steps, int units, int staleness, int evalUnits, int evalEvery) {
    return new RolloutSchedule(
        new RolloutSchedule.Options(steps, staleness, evalUnits, evalEvery),
        new IterationSchedule(IterationOptions.DEFAULTS, steps, 0),
        StepSplitTest.of(units, 1).split(),
        0,
        unit -> unit.attempt());
  }

  private static List<UnitId> drain(RolloutSchedule schedule) {
    List<UnitId> units = new ArrayList<>();
    Optional<UnitId> next = schedule.next(1);
    while (next.isPresent()) {
      units.add(next.get());
      next = schedule.next(1);
    }
    return units;
  }

  private static PolicyVersion version(long number) {
    return new PolicyVersion(number);
  }

  private static UnitId rollout(long step, int unit, int attempt) {
    return new UnitId(Purpose.ROLLOUT, step, unit, attempt);
  }

  private static UnitId eval(long step, int unit) {
    return new UnitId(Purpose.EVAL, step, unit, 0);
  }
}
