package dev.kelpie.learner;

import dev.kelpie.config.Experiment;
import dev.kelpie.config.file.ExperimentFiles;
import dev.kelpie.experience.ScoredTrajectory;
import dev.kelpie.experience.TrainedStep;
import dev.kelpie.experience.TrainingBatch;
import dev.kelpie.experience.Trajectory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Steps and experiments for losses over pairs and labelled responses, on a tiny policy. */
final class Preferences {
  private static final Path POLICY = Path.of("src/test/resources/llama-gqa");
  static final int VOCABULARY = 384;

  private Preferences() {}

  /** The quickstart with the tiny policy and {@code overrides}, as an experiment file has them. */
  static Experiment experiment(String... overrides) {
    List<String> all =
        new ArrayList<>(
            List.of(
                "policy.path=" + POLICY,
                "learner.threads=1",
                "learner.minibatches=1",
                "learner.learning-rate=1e-3"));
    all.addAll(List.of(overrides));
    return ExperimentFiles.load(Path.of("../configs/quickstart.conf"), all).check(loaded -> loaded);
  }

  /** A step of 4 groups of 4 whose reference is the policy's start. */
  static TrainingBatch batch(long step, Experiment experiment) {
    return scored(experiment, Steps.batch(step, 4, 4, VOCABULARY, step - 1));
  }

  /** {@code made} with the log-probabilities of the policy's start as the reference's. */
  static TrainingBatch scored(Experiment experiment, TrainingBatch made) {
    List<Trajectory> all =
        made.groups().stream()
            .flatMap(group -> group.members().stream())
            .map(ScoredTrajectory::trajectory)
            .toList();
    if (!AlgorithmChecks.needsReference(experiment)) {
      return TrainingBatch.ofReference(made.step(), made.groups(), Map.of());
    }
    try (ReferencePolicy reference = ReferencePolicy.open(experiment)) {
      return TrainingBatch.ofReference(made.step(), made.groups(), reference.score(all));
    }
  }

  static Map<String, float[]> weights(Learner learner) {
    return LearnerTest.weights(learner.snapshot());
  }

  /** The numbers of one step of a fresh learner, whose weights go to {@code after}. */
  static Map<String, Double> oneStep(Experiment experiment, Map<String, float[]> after) {
    try (Learner learner = Learner.open(experiment)) {
      TrainedStep step = learner.train(batch(1, experiment));
      after.putAll(weights(learner));
      return new HashMap<>(step.metrics().values());
    }
  }
}
