package dev.kelpie.experience;

import java.util.List;
import java.util.Map;

/**
 * Everything one training step consumes.
 *
 * @param step number of the step, from 1
 * @param groups complete groups, in order of their id
 * @param referenceLogprobs per-token log-probabilities of the responses under the reference policy,
 *     at the sampling temperature; empty when the experiment needs no reference
 */
public record TrainingBatch(
    long step, List<TrajectoryGroup> groups, Map<SampleId, PerToken> referenceLogprobs) {
  public TrainingBatch {
    groups = List.copyOf(groups);
    referenceLogprobs = Map.copyOf(referenceLogprobs);
  }
}
