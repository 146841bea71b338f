package dev.kelpie.actors.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kelpie.actors.plan.IterationSchedule.Advanced;
import dev.kelpie.actors.plan.IterationSchedule.Began;
import dev.kelpie.actors.plan.IterationSchedule.Event;
import dev.kelpie.actors.plan.IterationSchedule.Phase;
import dev.kelpie.config.AdvanceOptions;
import dev.kelpie.config.BranchOptions;
import dev.kelpie.config.IterationOptions;
import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.experience.Purpose;
import dev.kelpie.experience.UnitId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class IterationScheduleTest {
  private static IterationOptions options(int steps, int epochs) {
    return new IterationOptions(
        steps, epochs, List.of(), AdvanceOptions.DEFAULTS, List.of(), BranchOptions.DEFAULTS);
  }

  @Test
  void twoIterationsOfTwoStepsAndTwoEpochs() {
    // Steps 1 2 are sampled with v0 and trained again as 3 4; 5 6 with v4, and again as 7 8.
    IterationSchedule schedule = new IterationSchedule(options(2, 2), 8, 0);
    assertThat(schedule.begun()).containsExactly(new Began(1, 0));
    assertThat(LongStream.rangeClosed(1, 8).filter(schedule::samples))
        .containsExactly(1L, 2L, 5L, 6L);
    assertThat(schedule.sampled(3)).isEqualTo(5);
    assertThat(schedule.version(6)).isEqualTo(new PolicyVersion(4));
    List<Phase> phases = new ArrayList<>();
    List<List<Event>> events = new ArrayList<>();
    for (long step = 1; step <= 8; step++) {
      phases.add(schedule.phase());
      events.add(schedule.committed(step));
    }
    assertThat(phases)
        .containsExactly(
            Phase.SAMPLE,
            Phase.SAMPLE,
            Phase.REPLAY,
            Phase.REPLAY,
            Phase.SAMPLE,
            Phase.SAMPLE,
            Phase.REPLAY,
            Phase.REPLAY);
    assertThat(schedule.phase()).isEqualTo(Phase.DONE);
    assertThat(events.get(3)).containsExactly(new Advanced("copy"), new Began(2, 4));
    assertThat(events.get(7)).containsExactly(new Advanced("copy"));
    assertThat(events.get(1)).isEmpty();
  }

  @Test
  void stepsWithoutIterationsHaveNoEvents() {
    IterationSchedule schedule = new IterationSchedule(IterationOptions.DEFAULTS, 2, 0);
    assertThat(schedule.begun()).isEmpty();
    assertThat(schedule.committed(1)).isEmpty();
    assertThat(schedule.version(2)).isEqualTo(new PolicyVersion(1));
  }

  @Test
  void anIterationThatGoesOnIsNotBegunAgain() {
    assertThat(new IterationSchedule(options(2, 2), 8, 3).begun()).isEmpty();
    assertThat(new IterationSchedule(options(2, 2), 8, 4).begun()).containsExactly(new Began(2, 4));
    assertThat(new IterationSchedule(options(2, 2), 8, 8).begun()).isEmpty();
  }

  @Test
  void stepsAreCommittedInOrder() {
    IterationSchedule schedule = new IterationSchedule(options(2, 1), 4, 2);
    assertThatThrownBy(() -> schedule.committed(2)).hasMessage("committed step: 2 (expected: 3)");
  }

  /** A step as a list of all steps has it. */
  private record Listed(long iteration, int epoch, long start, long source, long ordinal) {}

  private static List<Listed> listed(int steps, int epochs, int iterations) {
    List<Listed> all = new ArrayList<>();
    long version = 0;
    for (int iteration = 1; iteration <= iterations; iteration++) {
      for (int epoch = 1; epoch <= epochs; epoch++) {
        for (int position = 1; position <= steps; position++) {
          long ordinal = (long) (iteration - 1) * steps + position;
          all.add(new Listed(iteration, epoch, version, version + position, ordinal));
        }
      }
      version = all.size();
    }
    return all;
  }

  @Test
  void agreesWithAListOfAllStepsWhateverTheSizes() {
    SplittableRandom random = new SplittableRandom(7);
    for (int trial = 0; trial < 200; trial++) {
      int steps = random.nextInt(1, 6);
      int epochs = random.nextInt(1, 5);
      List<Listed> all = listed(steps, epochs, random.nextInt(1, 5));
      IterationOptions options = options(steps, epochs);
      int from = random.nextInt(all.size());
      IterationSchedule schedule = new IterationSchedule(options, all.size(), from);
      for (int i = from; i < all.size(); i++) {
        Listed one = all.get(i);
        long step = i + 1L;
        assertThat(options.iteration(step)).isEqualTo(one.iteration());
        assertThat(options.epoch(step)).isEqualTo(one.epoch());
        assertThat(options.source(step)).isEqualTo(one.source());
        assertThat(schedule.version(step).number()).isEqualTo(one.start());
        assertThat(schedule.phase()).isEqualTo(one.epoch() == 1 ? Phase.SAMPLE : Phase.REPLAY);
        if (one.epoch() == 1) {
          assertThat(options.ordinal(step)).isEqualTo(one.ordinal());
          assertThat(schedule.sampled(step)).isEqualTo(step);
        }
        boolean last = i + 1 == all.size() || all.get(i + 1).iteration() > one.iteration();
        boolean more = options.used() && last && i + 1 < all.size();
        List<Event> events = schedule.committed(step);
        assertThat(events.contains(new Began(one.iteration() + 1, step))).isEqualTo(more);
        assertThat(events.contains(new Advanced("copy"))).isEqualTo(options.used() && last);
      }
    }
  }

  @Test
  void unitsOfAnIterationAreIssuedTogetherAndThoseOfLaterEpochsNever() {
    IterationSchedule iterations = new IterationSchedule(options(3, 2), 12, 0);
    RolloutSchedule schedule =
        new RolloutSchedule(
            new RolloutSchedule.Options(12, 0, 0, 0),
            iterations,
            StepSplitTest.of(1, 1).split(),
            0,
            UnitId::attempt);
    schedule.published(new PolicyVersion(0), true);
    List<UnitId> first = drain(schedule);
    assertThat(first.stream().map(UnitId::step)).containsExactly(1L, 2L, 3L);
    assertThat(first.stream().map(schedule::versionFor)).containsOnly(new PolicyVersion(0));
    for (long version = 1; version <= 5; version++) {
      assertThat(schedule.trainable()).contains(version);
      schedule.committed(version);
      schedule.published(new PolicyVersion(version), true);
      assertThat(schedule.next(1)).isEmpty();
    }
    schedule.committed(6);
    schedule.published(new PolicyVersion(6), true);
    List<UnitId> second = drain(schedule);
    assertThat(second.stream().map(UnitId::step)).containsExactly(7L, 8L, 9L);
    assertThat(schedule.versionFor(new UnitId(Purpose.ROLLOUT, 9, 0, 1)))
        .isEqualTo(new PolicyVersion(6));
  }

  private static List<UnitId> drain(RolloutSchedule schedule) {
    List<UnitId> units = new ArrayList<>();
    for (Optional<UnitId> next = schedule.next(1); next.isPresent(); next = schedule.next(1)) {
      units.add(next.get());
    }
    return units;
  }
}
