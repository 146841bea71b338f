package dev.kelpie.experience;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Everything one training step consumes.
 *
 * @param step number of the step, from 1
 * @param groups complete groups, in order of their id
 * @param numbers per-token log-probabilities of the responses under other models, by the name of
 *     the request; {@link #REFERENCE} is the reference policy, absent when the experiment needs
 *     none
 * @param answers what people say of pairs; groups of earlier steps are those of pairs that join
 */
public record TrainingBatch(
    long step,
    List<TrajectoryGroup> groups,
    Map<String, Map<SampleId, PerToken>> numbers,
    PairAnswers answers) {
  /** The name of the reference policy's numbers. */
  public static final String REFERENCE = "reference";

  /** The name of the reference policy's numbers under a variant of the prompts. */
  public static String referenceUnder(String variant) {
    return REFERENCE + " under " + variant;
  }

  public TrainingBatch {
    groups = List.copyOf(groups);
    Map<String, Map<SampleId, PerToken>> copy = new HashMap<>();
    numbers.forEach((name, bySample) -> copy.put(name, Map.copyOf(bySample)));
    numbers = Map.copyOf(copy);
  }

  /** A batch of a run without people. */
  public TrainingBatch(
      long step, List<TrajectoryGroup> groups, Map<String, Map<SampleId, PerToken>> numbers) {
    this(step, groups, numbers, PairAnswers.NONE);
  }

  /** The same without the groups of pairs of earlier steps that people have answered. */
  public TrainingBatch withoutJoining() {
    if (answers.joining().isEmpty()) {
      return this;
    }
    List<TrajectoryGroup> own = groups.stream().filter(group -> group.id().step() == step).toList();
    return new TrainingBatch(step, own, numbers, answers);
  }

  /** A batch whose responses were scored by the reference alone; empty: by no model. */
  public static TrainingBatch ofReference(
      long step, List<TrajectoryGroup> groups, Map<SampleId, PerToken> referenceLogprobs) {
    return new TrainingBatch(
        step,
        groups,
        referenceLogprobs.isEmpty() ? Map.of() : Map.of(REFERENCE, referenceLogprobs));
  }

  /** Log-probabilities under the reference policy; empty when the experiment needs none. */
  public Map<SampleId, PerToken> referenceLogprobs() {
    return numbers.getOrDefault(REFERENCE, Map.of());
  }
}
