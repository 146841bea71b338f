package dev.kelpie.cli.methods;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.kelpie.algorithms.score.PairStrength;
import dev.kelpie.cli.Shipped;
import dev.kelpie.config.Experiment;
import dev.kelpie.experience.GivenResponse;
import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.experience.TrajectoryGroup;
import dev.kelpie.learner.scoring.Classifier;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** Reward models that learn from what other reward models, and a policy's responses, say. */
final class MetaMethods {
  private static final List<String> MODELS = List.of("a", "b", "c");
  private static final int PAIRS = 32; // of pairs.jsonl

  static final List<Method> ALL =
      List.of(
          Method.rewardModel(
              "secrets2.metarm",
              MetaMethods::strengths,
              "reward-model.held-out=0",
              "reward-model.batch-size=" + PAIRS));

  private MetaMethods() {}

  private static void strengths(MethodRuns runs) throws IOException {
    // Models that differ by 1, 2 and 3: (0 - 1)^2 + (1 - 0)^2 = 2 over 2; c - r = 2 with margin 1.
    assertThat(PairStrength.of(new double[] {1, 2, 3})).isEqualTo(new PairStrength(2, 1));
    assertThat(-Numbers.ls(2 - 1)).isCloseTo(0.3133, within(5e-5));
    List<PairStrength> strengths = measured();
    // A head of zeros: -ls(0 - m), where a pair of negative strength is turned round.
    Recorded first =
        runs.with("reward-model.meta.path=\"\"", "reward-model.head-std=0", "reward-model.steps=1");
    assertThat(first.metric(1, "reward_model/loss"))
        .isCloseTo(loss(new double[PAIRS], strengths), within(1e-5));
    assertThat(first.rewardModel().at("/strength/weak-pairs").asLong())
        .isEqualTo(strengths.stream().filter(pair -> pair.mean() < 0).count())
        .isBetween(1L, PAIRS - 1L);
    assertThat(first.rewardModel().at("/strength/spread").asDouble())
        .isCloseTo(
            strengths.stream().mapToDouble(PairStrength::spread).average().orElseThrow(),
            within(1e-9));
    // The second update saw all pairs under the weights of the first.
    Recorded second = runs.with("reward-model.meta.path=\"\"", "reward-model.head-std=0");
    assertThat(second.metric(2, "reward_model/loss"))
        .isCloseTo(loss(differences(first), strengths), within(1e-4));
    innerStep(runs);
  }

  private static double[] differences(Recorded run) throws IOException {
    try (Classifier classifier = RewardModelMethods.classifier(run)) {
      return classifier.margins(rows());
    }
  }

  /** An inner step raises the mean distance of fresh responses, and is taken back. */
  private static void innerStep(MethodRuns runs) throws IOException {
    Recorded run = runs.whole();
    for (int step = 1; step <= 2; step++) {
      assertThat(run.metric(step, "reward_model/meta/difference_after"))
          .isGreaterThan(run.metric(step, "reward_model/meta/difference"));
    }
    List<Prompt> fresh = fresh(runs.sampled());
    assertThat(run.rewardModel().at("/meta/pairs").asInt()).isEqualTo(fresh.size());
    // All fresh pairs in each update: the second began at the weights that the first has written.
    String[] all = {"reward-model.meta.batch-size=" + fresh.size(), "reward-model.steps=1"};
    double sum = 0;
    try (Classifier classifier = RewardModelMethods.classifier(runs.with(all))) {
      for (double margin : classifier.margins(fresh)) {
        sum += Math.abs(margin);
      }
    }
    assertThat(runs.with(all[0]).metric(2, "reward_model/meta/difference"))
        .isCloseTo(sum / fresh.size(), within(1e-4));
  }

  /** The mean loss of all pairs, of which those of negative strength are turned round. */
  private static double loss(double[] differences, List<PairStrength> strengths) {
    double sum = 0;
    for (int i = 0; i < differences.length; i++) {
      double m = strengths.get(i).mean();
      sum -= Numbers.ls((m < 0 ? -differences[i] : differences[i]) - Math.abs(m));
    }
    return sum / differences.length;
  }

  private static List<PairStrength> measured() throws IOException {
    double[][] differences = new double[PAIRS][MODELS.size()];
    for (int model = 0; model < MODELS.size(); model++) {
      Path folder = Shipped.configs().resolve("methods/scorers/" + MODELS.get(model));
      try (Classifier classifier =
          Classifier.open(Experiment.DEFAULTS, folder, OptionalInt.empty())) {
        double[] margins = classifier.margins(rows());
        for (int i = 0; i < PAIRS; i++) {
          differences[i][model] = margins[i];
        }
      }
    }
    List<PairStrength> all = new ArrayList<>();
    for (double[] own : differences) {
      all.add(PairStrength.of(own));
    }
    return all;
  }

  private static List<Prompt> rows() throws IOException {
    return RewardModelMethods.rows("pairs.jsonl", row -> Map.of());
  }

  /** Neighbours of the groups of the only step of a run, those that differ. */
  private static List<Prompt> fresh(Recorded run) {
    List<Prompt> pairs = new ArrayList<>();
    for (TrajectoryGroup group : run.samples(1).groups()) {
      for (int i = 0; i + 1 < group.members().size(); i += 2) {
        Trajectory one = group.members().get(i).trajectory();
        Trajectory other = group.members().get(i + 1).trajectory();
        if (!one.response().equals(other.response())) {
          pairs.add(
              new Prompt(
                  "pair",
                  "",
                  one.prompt().tokens(),
                  Optional.empty(),
                  Map.of(),
                  List.of(given(one), given(other))));
        }
      }
    }
    return pairs;
  }

  private static GivenResponse given(Trajectory sample) {
    return new GivenResponse(sample.origin(), "", sample.response(), sample.finishReason());
  }
}
