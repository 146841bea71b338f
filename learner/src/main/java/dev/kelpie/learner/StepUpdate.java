package dev.kelpie.learner;

import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.experience.TrainedPair;
import java.util.List;
import java.util.Map;

/** What one step does to the weights: a policy gradient, or a loss over pairs. */
interface StepUpdate {
  /**
   * Trains on {@code rows}.
   *
   * @param version of the weights before the update
   * @param report takes the step's numbers
   * @return the pairs that were trained on; none where the loss is not over pairs
   */
  List<TrainedPair> train(long step, PolicyVersion version, StepRows rows, StepReport report)
      throws Exception;

  /** Numbers that the next step needs and that no tensor holds, by name. */
  Map<String, Double> carried();

  /** Continues with the numbers of a checkpoint. */
  void restoreCarried(Map<String, Double> numbers);

  /** The KL coefficient that the next step uses. */
  double klCoefficient();

  /** Continues with the KL coefficient of a checkpoint. */
  void restoreKl(double coefficient);
}
