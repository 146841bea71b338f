package dev.kelpie.wire.arrow;

import dev.kelpie.experience.FailedTrajectory;
import dev.kelpie.experience.GroupId;
import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.SampleId;
import dev.kelpie.experience.ScoredTrajectory;
import dev.kelpie.experience.TrainingBatch;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.experience.TrajectoryGroup;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a training step consumed, as read back from its file.
 *
 * @param groups in the order in which they were consumed
 * @param numbers per-token log-probabilities under other models by name, of the responses that had
 *     any; {@link TrainingBatch#REFERENCE} is the reference policy
 * @param advantages of the responses that had any
 * @param policyLogprobs under the weights that the step began with, of the responses that the
 *     update scored
 */
public record ScoredGroups(
    List<TrajectoryGroup> groups,
    Map<String, Map<SampleId, PerToken>> numbers,
    Map<SampleId, PerToken> advantages,
    Map<SampleId, PerToken> policyLogprobs) {
  public ScoredGroups {
    groups = List.copyOf(groups);
    Map<String, Map<SampleId, PerToken>> copy = new HashMap<>();
    numbers.forEach((name, bySample) -> copy.put(name, Map.copyOf(bySample)));
    numbers = Map.copyOf(copy);
    advantages = Map.copyOf(advantages);
    policyLogprobs = Map.copyOf(policyLogprobs);
  }

  /** Log-probabilities under the reference policy, of the responses that had any. */
  public Map<SampleId, PerToken> referenceLogprobs() {
    return numbers.getOrDefault(TrainingBatch.REFERENCE, Map.of());
  }

  /** The numbers of one response by their name. */
  public Map<String, PerToken> numbers(SampleId id) {
    Map<String, PerToken> own = new HashMap<>();
    numbers.forEach(
        (name, bySample) -> {
          PerToken row = bySample.get(id);
          if (row != null) {
            own.put(name, row);
          }
        });
    return own;
  }

  /** The scored sample of a number within its group, as pairs name it: without its attempt. */
  public Optional<Trajectory> sample(GroupId group, int sample) {
    return groups.stream()
        .filter(one -> one.id().equals(group))
        .flatMap(one -> one.members().stream())
        .map(ScoredTrajectory::trajectory)
        .filter(one -> one.id().sample() == sample)
        .findFirst();
  }

  static ScoredGroups of(List<ScoredColumns.Row> rows) {
    Map<GroupId, List<ScoredColumns.Row>> byGroup = new LinkedHashMap<>();
    Map<String, Map<SampleId, PerToken>> numbers = new HashMap<>();
    Map<SampleId, PerToken> advantages = new HashMap<>();
    Map<SampleId, PerToken> policyLogprobs = new HashMap<>();
    for (ScoredColumns.Row row : rows) {
      SampleId id = row.trajectory().id();
      byGroup.computeIfAbsent(id.group(), group -> new ArrayList<>()).add(row);
      row.numbers()
          .forEach(
              (name, own) -> numbers.computeIfAbsent(name, key -> new HashMap<>()).put(id, own));
      row.advantages().ifPresent(own -> advantages.put(id, own));
      row.policyLogprobs().ifPresent(logprobs -> policyLogprobs.put(id, logprobs));
    }
    List<TrajectoryGroup> groups =
        byGroup.entrySet().stream().map(entry -> group(entry.getKey(), entry.getValue())).toList();
    return new ScoredGroups(groups, numbers, advantages, policyLogprobs);
  }

  private static TrajectoryGroup group(GroupId id, List<ScoredColumns.Row> rows) {
    List<ScoredTrajectory> members = new ArrayList<>();
    List<FailedTrajectory> failed = new ArrayList<>();
    for (ScoredColumns.Row row : rows) {
      row.score().ifPresent(score -> members.add(new ScoredTrajectory(row.trajectory(), score)));
      row.failed().ifPresent(why -> failed.add(new FailedTrajectory(row.trajectory(), why)));
    }
    return new TrajectoryGroup(id, members, failed);
  }
}
