package dev.kelpie.learner;

import dev.kelpie.experience.PairAnswers.AskedPair;
import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.experience.TrainedPair;
import dev.kelpie.experience.TrainingBatch;
import dev.kelpie.experience.WeightSnapshot;
import dev.kelpie.learner.rows.StepRows;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** What one step does to the weights: a policy gradient, or a loss over pairs or labels. */
interface StepUpdate {
  /**
   * The pairs of a step; none where the loss is not over pairs.
   *
   * @param trained those that it was trained on
   * @param asked those that people are asked about
   */
  record Result(List<TrainedPair> trained, List<AskedPair> asked) {
    static final Result NONE = new Result(List.of(), List.of());
  }

  /**
   * Trains on {@code rows}.
   *
   * @param batch the step's samples, of which {@code rows} are made
   * @param version of the weights before the update
   * @param report takes the step's numbers
   */
  Result train(TrainingBatch batch, PolicyVersion version, StepRows rows, StepReport report)
      throws Exception;

  /** The KL coefficient that the next step uses. */
  double klCoefficient();

  /** Continues with the KL coefficient of a checkpoint. */
  void restoreKl(double coefficient);

  /** Further numbers that the next step continues from, by name. */
  default Map<String, Double> carried() {
    return Map.of();
  }

  /** Continues with the numbers of a checkpoint. */
  default void restoreCarried(Map<String, Double> numbers) {}

  /** Receives the policy after each step. */
  default void published(WeightSnapshot policyNow) {}

  /** Writes the tensors that the next step needs beside policy and critic into {@code folder}. */
  default void save(Path folder) {}

  /** Continues with the tensors in {@code folder}. */
  default void restore(Path folder) {}
}
