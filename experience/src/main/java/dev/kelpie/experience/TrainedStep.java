package dev.kelpie.experience;

import java.util.List;
import java.util.Map;

/**
 * Result of training on one batch.
 *
 * @param advantages of each response that was given credit, one number per token
 * @param pairs that a loss over pairs was trained on, in their order
 */
public record TrainedStep(
    StepMetrics metrics, Map<SampleId, PerToken> advantages, List<TrainedPair> pairs) {
  public TrainedStep {
    advantages = Map.copyOf(advantages);
    pairs = List.copyOf(pairs);
  }
}
