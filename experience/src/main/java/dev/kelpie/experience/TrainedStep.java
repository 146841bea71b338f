package dev.kelpie.experience;

import java.util.Map;

/**
 * Result of training on one batch.
 *
 * @param advantages of each response that was given credit, one number per token
 */
public record TrainedStep(StepMetrics metrics, Map<SampleId, PerToken> advantages) {
  public TrainedStep {
    advantages = Map.copyOf(advantages);
  }
}
