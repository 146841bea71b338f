package dev.kelpie.learner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.kelpie.config.Experiment;
import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.SampleId;
import dev.kelpie.experience.ScoredTrajectory;
import dev.kelpie.experience.TrainingBatch;
import dev.kelpie.experience.Trajectory;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StepTermsTest {
  private static final String SMOOTH = "learner.epsilon=1e-4";

  private static Experiment experiment(String... more) {
    List<String> overrides =
        new ArrayList<>(
            List.of("algorithm.preset=online-dpo", "algorithm.pairing.type=best-worst", SMOOTH));
    overrides.addAll(List.of(more));
    return Preferences.experiment(overrides.toArray(String[]::new));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{ rows = sampled, loss { type = optimism }, weight = 0 }",
        "{ rows = unpaired, loss { type = sft }, weight = 0 }",
        "{ rows = data, loss { type = sft }, weight = 1 }" // no row comes with the data
      })
  void aTermThatSaysNothingChangesNoBit(String term) {
    Map<String, float[]> without = new HashMap<>();
    Map<String, float[]> with = new HashMap<>();
    Preferences.oneStep(experiment(), without);
    Preferences.oneStep(experiment("algorithm.terms.more=" + term), with);
    without.forEach(
        (name, numbers) -> assertThat(with.get(name)).as(name).containsExactly(numbers));
  }

  @Test
  void theLossIsTheWeightedSumOfItsTerms() {
    Map<String, Double> metrics =
        Preferences.oneStep(
            experiment(
                "algorithm.loss.type=hinge", // 1 at equal models
                "algorithm.terms.a={ rows = sampled, loss { type = sft }, weight = 0.3 }",
                "algorithm.terms.b={ rows = all, loss { type = trpa-single },"
                    + " label { type = threshold }, weight = -0.7 }",
                "algorithm.terms.c={ rows = pairs, loss { type = ipo, beta = 0.5 }, weight = 2 }"),
            new HashMap<>());
    double sft = Objects.requireNonNull(metrics.get("policy/terms/a"));
    double single = Objects.requireNonNull(metrics.get("policy/terms/b"));
    double ipo = Objects.requireNonNull(metrics.get("policy/terms/c"));
    assertThat(sft).isPositive();
    assertThat(single).isCloseTo(Math.log(2), within(1e-5));
    assertThat(ipo).isCloseTo(1, within(1e-3)); // (0 - 1 / (2 x 0.5))^2
    double main =
        Objects.requireNonNull(metrics.get("policy/loss")) - (0.3 * sft - 0.7 * single + 2 * ipo);
    assertThat(main).isCloseTo(1, within(1e-4));
    assertThat((double) (float) main).isCloseTo(main, within(1e-9)); // itself one single number
  }

  @Test
  void optimismLowersTheLikelihoodOfItsRows() {
    // The term alone: the pair loss of a group of equal scores has no pair.
    Experiment experiment =
        experiment("algorithm.terms.selm={ rows = sampled, loss { type = optimism, coef = 1 } }");
    TrainingBatch batch =
        Preferences.scored(experiment, Steps.batch(1, 3, 1, Preferences.VOCABULARY, 0));
    try (Learner learner = Learner.open(experiment);
        ReferencePolicy now = ReferencePolicy.open(experiment("reference.schedule=previous"))) {
      double before = sum(now, batch);
      Map<String, Double> metrics = learner.train(batch).metrics().values();
      assertThat(metrics.get("policy/terms/selm")).isCloseTo(0, within(1e-4));
      assertThat(metrics.get("preference/pairs")).isZero();
      now.observe(learner.snapshot());
      assertThat(sum(now, batch)).isLessThan(before - 0.1);
    }
  }

  @Test
  void theSignOfATermFlipsItsGradient() {
    // rate x (gradient / (|gradient| + epsilon)): Adam's first step is odd in the gradient
    Map<String, float[]> plus = new HashMap<>();
    Map<String, float[]> minus = new HashMap<>();
    Map<String, float[]> start = new HashMap<>();
    String term = "algorithm.terms.vpo={ rows = sampled, loss { type = optimism, coef = ";
    for (String sign : List.of("0.1", "-0.1")) {
      Experiment experiment = experiment(term + sign + " } }");
      TrainingBatch batch =
          Preferences.scored(experiment, Steps.batch(1, 3, 1, Preferences.VOCABULARY, 0));
      try (Learner learner = Learner.open(experiment)) {
        start.putAll(Preferences.weights(learner));
        learner.train(batch);
        (sign.equals("0.1") ? plus : minus).putAll(Preferences.weights(learner));
      }
    }
    float moved = 0;
    for (String name : start.keySet()) {
      for (int i = 0; i < start.get(name).length; i++) {
        float up =
            Objects.requireNonNull(plus.get(name))[i] - Objects.requireNonNull(start.get(name))[i];
        float down =
            Objects.requireNonNull(minus.get(name))[i] - Objects.requireNonNull(start.get(name))[i];
        assertThat(up).as(name).isCloseTo(-down, within(2e-7f));
        moved = Math.max(moved, Math.abs(up));
      }
    }
    assertThat(moved).isGreaterThan(5e-4f);
  }

  @Test
  void weightsOfATermAreItsOwn() {
    // sft whose tokens weigh nothing learns nothing, whatever the main loss does
    Map<String, float[]> without = new HashMap<>();
    Map<String, float[]> with = new HashMap<>();
    Map<String, Double> plain = Preferences.oneStep(experiment(), without);
    Map<String, Double> metrics =
        Preferences.oneStep(
            experiment(
                "algorithm.terms.treg={ rows = pairs-both, loss { type = sft } }"
                    .replace("pairs-both", "sampled")
                    .replace("} }", "}, token-weight { type = numbers, scale = 0 } }")),
            with);
    assertThat(metrics.get("policy/terms/treg")).isZero();
    assertThat(metrics.get("policy/loss")).isEqualTo(plain.get("policy/loss"));
  }

  private static double sum(ReferencePolicy policy, TrainingBatch batch) {
    List<Trajectory> all =
        batch.groups().stream()
            .flatMap(group -> group.members().stream())
            .map(ScoredTrajectory::trajectory)
            .toList();
    double sum = 0;
    for (Map.Entry<SampleId, PerToken> scored : policy.score(all).entrySet()) {
      for (int t = 0; t < scored.getValue().length(); t++) {
        sum += scored.getValue().get(t);
      }
    }
    return sum;
  }
}
