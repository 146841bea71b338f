package dev.kelpie.wire.arrow;

import dev.kelpie.experience.FailedTrajectory;
import dev.kelpie.experience.GroupId;
import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.SampleId;
import dev.kelpie.experience.ScoredTrajectory;
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
 * @param referenceLogprobs of the responses that had any
 * @param advantages of the responses that had any
 * @param policyLogprobs under the weights that the step began with, of the responses that the
 *     update scored
 */
public record ScoredGroups(
    List<TrajectoryGroup> groups,
    Map<SampleId, PerToken> referenceLogprobs,
    Map<SampleId, PerToken> advantages,
    Map<SampleId, PerToken> policyLogprobs) {
  public ScoredGroups {
    groups = List.copyOf(groups);
    referenceLogprobs = Map.copyOf(referenceLogprobs);
    advantages = Map.copyOf(advantages);
    policyLogprobs = Map.copyOf(policyLogprobs);
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
    Map<SampleId, PerToken> referenceLogprobs = new HashMap<>();
    Map<SampleId, PerToken> advantages = new HashMap<>();
    Map<SampleId, PerToken> policyLogprobs = new HashMap<>();
    for (ScoredColumns.Row row : rows) {
      SampleId id = row.trajectory().id();
      byGroup.computeIfAbsent(id.group(), group -> new ArrayList<>()).add(row);
      row.referenceLogprobs().ifPresent(logprobs -> referenceLogprobs.put(id, logprobs));
      row.advantages().ifPresent(numbers -> advantages.put(id, numbers));
      row.policyLogprobs().ifPresent(logprobs -> policyLogprobs.put(id, logprobs));
    }
    List<TrajectoryGroup> groups =
        byGroup.entrySet().stream().map(entry -> group(entry.getKey(), entry.getValue())).toList();
    return new ScoredGroups(groups, referenceLogprobs, advantages, policyLogprobs);
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
