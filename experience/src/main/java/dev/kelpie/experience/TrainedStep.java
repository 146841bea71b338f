package dev.kelpie.experience;

import dev.kelpie.experience.PairAnswers.AskedPair;
import java.util.List;
import java.util.Map;

/**
 * Result of training on one batch.
 *
 * @param advantages of each response that was given credit, one number per token
 * @param policyLogprobs of each response that the update scored, under the weights that the step
 *     began with
 * @param pairs that a loss over pairs was trained on, in their order
 * @param asked pairs of the step that people are asked about, in the order of their importance
 */
public record TrainedStep(
    StepMetrics metrics,
    Map<SampleId, PerToken> advantages,
    Map<SampleId, PerToken> policyLogprobs,
    List<TrainedPair> pairs,
    List<AskedPair> asked) {
  public TrainedStep {
    advantages = Map.copyOf(advantages);
    policyLogprobs = Map.copyOf(policyLogprobs);
    pairs = List.copyOf(pairs);
    asked = List.copyOf(asked);
  }

  /** Without log-probabilities. */
  public TrainedStep(
      StepMetrics metrics, Map<SampleId, PerToken> advantages, List<TrainedPair> pairs) {
    this(metrics, advantages, Map.of(), pairs, List.of());
  }
}
