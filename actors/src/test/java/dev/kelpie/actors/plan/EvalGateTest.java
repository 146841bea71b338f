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
        METRIC, goal, EvalOptions.Gate.Action.STOP, patience, minChange, threshold);
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
