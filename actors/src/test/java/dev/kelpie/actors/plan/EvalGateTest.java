package dev.kelpie.actors.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.config.EvalOptions;
import dev.kelpie.config.Goal;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class EvalGateTest {
  private static final String METRIC = "eval/reward/mean";

  private static EvalOptions.Gate gate(
      Goal goal, int patience, double minChange, OptionalDouble threshold) {
    return new EvalOptions.Gate(
        METRIC,
        goal,
        EvalOptions.Gate.Action.STOP,
        patience,
        minChange,
        threshold,
        EvalOptions.Gate.Rollback.DEFAULTS);
  }

  private static EvalOptions.Gate patient(int patience, double minChange) {
    return gate(Goal.MAX, patience, minChange, OptionalDouble.empty());
  }

  /** Evaluations after the steps 0, 5, 10, ... */
  private static NavigableMap<Long, Map<String, Double>> evaluations(double... values) {
    NavigableMap<Long, Map<String, Double>> all = new TreeMap<>();
    for (int i = 0; i < values.length; i++) {
      all.put(5L * i, Map.of(METRIC, values[i]));
    }
    return all;
  }

  private static Optional<String> decide(EvalOptions.Gate gate, double... values) {
    return EvalGate.decide(gate, evaluations(values));
  }

  @Test
  void closesAfterAsManyEvaluationsInARowWithoutAnImprovement() {
    assertThat(decide(patient(2, 0), 0.3, 0.5, 0.4, 0.5))
        .contains(
            "eval/reward/mean has not improved in 2 evaluations: 0.5000 after step 15, best 0.5000"
                + " after step 5");
    assertThat(decide(patient(2, 0), 0.3, 0.5, 0.4, 0.6, 0.5)).isEmpty();
    assertThat(decide(patient(3, 0), 0.3, 0.5, 0.4, 0.5)).isEmpty();
  }

  @Test
  void anImprovementIsMoreThanTheLeastChange() {
    assertThat(decide(patient(2, 0.1), 0.3, 0.35, 0.39)).isPresent();
    assertThat(decide(patient(2, 0.1), 0.3, 0.35, 0.41)).isEmpty();
  }

  @Test
  void theSmallerIsBetterWhereTheGoalIsTheLeast() {
    EvalOptions.Gate least = gate(Goal.MIN, 2, 0, OptionalDouble.empty());
    assertThat(decide(least, 0.5, 0.4, 0.3, 0.2)).isEmpty();
    assertThat(decide(least, 0.5, 0.6, 0.7)).isPresent();
  }

  @Test
  void aValueWorseThanTheThresholdClosesAtOnceButNotBeforeTheFirstStep() {
    EvalOptions.Gate limited = gate(Goal.MAX, 9, 0, OptionalDouble.of(0.35));
    assertThat(decide(limited, 0.3, 0.4, 0.5)).isEmpty();
    assertThat(decide(limited, 0.3, 0.4, 0.34))
        .contains("eval/reward/mean 0.3400 after step 10 is below gate.threshold = 0.35");
    EvalOptions.Gate below = gate(Goal.MIN, 9, 0, OptionalDouble.of(0.35));
    assertThat(decide(below, 0.3, 0.4))
        .contains("eval/reward/mean 0.4000 after step 5 is above gate.threshold = 0.35");
  }

  @Test
  void anEvaluationWithoutTheNumberIsNoImprovement() {
    assertThat(decide(patient(2, 0), 0.3, Double.NaN, Double.NaN)).isPresent();
    assertThat(decide(patient(2, 0), Double.NaN, 0.3, 0.4)).isEmpty();
  }

  private static EvalOptions.Gate of(
      EvalOptions.Gate.Action action,
      OptionalDouble threshold,
      EvalOptions.Gate.Rollback rollback) {
    return new EvalOptions.Gate(METRIC, Goal.MAX, action, 3, 0, threshold, rollback);
  }

  @Test
  void aFallOfMoreThanGivenRollsBackToTheBestStepAndTheOneAfterTheLastEndsTheRun() {
    EvalOptions.Gate twice =
        of(
            EvalOptions.Gate.Action.ROLLBACK,
            OptionalDouble.empty(),
            new EvalOptions.Gate.Rollback(0.1, 2));
    // best 0.5 after step 5; 0.45 is within 0.1; 0.3 and, from 0.6 on, 0.4 are not
    EvalGate.Rollbacks found =
        EvalGate.rollbacks(twice, evaluations(0.4, 0.5, 0.45, 0.3, 0.6, 0.4, Double.NaN, 0.5));
    assertThat(found.to()).isEqualTo(new TreeMap<>(Map.of(15L, 5L, 25L, 20L)));
    assertThat(found.ends()).isEmpty();
    assertThat(EvalGate.rollbacks(twice, evaluations(0.5, 0.3, 0.3, 0.2)).ends())
        .contains(
            "eval/reward/mean 0.2000 after step 15 is worse than 0.5000 after step 0, and the"
                + " weights have been rolled back 2 times");
    EvalGate gate = new EvalGate(twice, () -> evaluations(0.5, 0.3));
    assertThat(gate.rollsBackTo(5)).hasValue(0);
    assertThat(gate.rollsBackTo(6)).isEmpty();
    assertThat(gate.closes()).isEmpty();
  }

  @Test
  void checkpointsThatReachTheThresholdAndAreBetterThanThoseBeforeArePromoted() {
    EvalOptions.Gate passing =
        of(
            EvalOptions.Gate.Action.PROMOTE,
            OptionalDouble.of(0.5),
            EvalOptions.Gate.Rollback.DEFAULTS);
    // 0.9 at the start is no checkpoint of this run; 0.5 reaches it, 0.55 is no better than 0.6
    assertThat(EvalGate.promotions(passing, evaluations(0.9, 0.4, 0.5, 0.6, 0.55, Double.NaN)))
        .containsExactly(10L, 15L);
    EvalGate gate = new EvalGate(passing, () -> evaluations(0.9, 0.4, 0.5));
    assertThat(gate.promotes(10)).isTrue();
    assertThat(gate.promotes(5)).isFalse();
    assertThat(gate.closes()).isEmpty();
  }

  @Test
  void decidesOnceForEachEvaluation() {
    NavigableMap<Long, Map<String, Double>> all = evaluations(0.5);
    EvalGate gate = new EvalGate(patient(1, 0), () -> all);
    assertThat(gate.closes()).isEmpty();
    all.put(5L, Map.of(METRIC, 0.4));
    Optional<String> why = gate.closes();
    assertThat(why).isPresent();
    assertThat(gate.closes()).as("asked again").isEmpty();
    EvalGate none = new EvalGate(EvalOptions.Gate.DEFAULTS, () -> all);
    assertThat(none.closes()).isEmpty();
  }
}
