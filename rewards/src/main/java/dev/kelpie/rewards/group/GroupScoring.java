package dev.kelpie.rewards.group;

import dev.kelpie.config.ConfigBlock;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.NearestName;
import dev.kelpie.config.Require;
import dev.kelpie.experience.RewardOutcome;
import dev.kelpie.experience.Score;
import dev.kelpie.experience.reward.SelfComparison;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Values of the responses of a group in place of their own scores: the blocks {@code compare} and
 * {@code group-reward} of an experiment. The parts of a score stay, and its former value is the
 * part {@link #SUM}. Failed responses are not compared; a group with fewer than two others fails as
 * a whole.
 */
public final class GroupScoring {
  /** The part of a score that is the weighted sum of its rewards, before the group's values. */
  public static final String SUM = "sum";

  private static final int FEWEST = 2;

  private final GroupReward reward;
  private final Optional<Comparison> comparison;
  private final SelfComparison self;

  private GroupScoring(GroupReward reward, Optional<Comparison> comparison, SelfComparison self) {
    this.reward = reward;
    this.comparison = comparison;
    this.self = self;
  }

  /**
   * The scoring that an experiment asks for; empty when responses keep their own scores.
   *
   * @throws dev.kelpie.config.ConfigException for a block that is wrong
   * @throws IllegalArgumentException for a block that another rules out, its path first
   */
  public static Optional<GroupScoring> of(Experiment experiment) {
    ConfigBlock block = experiment.groupReward();
    ConfigBlock compare = experiment.compare();
    if (block.values().isEmpty()) {
      Require.that(
          compare.values().isEmpty(),
          "compare.type: %s (expected: none, because there is no group-reward.type, such as"
              + " win-rate)",
          compare.type().orElse(""));
      return Optional.empty();
    }
    String type = block.type().orElse("");
    GroupReward reward = GroupRewards.rewards().create(block);
    boolean compares = reward instanceof GroupReward.OfComparisons;
    if (compares && compare.values().isEmpty()) {
      throw block.error(
          "type",
          type,
          "a group reward without comparisons, because there is no"
              + " compare.type, such as scores");
    }
    Require.that(
        compares || compare.values().isEmpty(),
        "compare.type: %s (expected: none, because group-reward.type = %s compares nothing)",
        compare.type().orElse(""),
        type);
    Require.that(
        experiment.rollout().groupSize() >= FEWEST,
        "rollout.group-size: %s (expected: at least 2, because group-reward.type = %s compares"
            + " responses of one prompt)",
        experiment.rollout().groupSize(),
        type);
    Require.that(
        !experiment.reward().containsKey(SUM),
        "reward.sum: a reward of that name (expected: another name, because with a group-reward the"
            + " part sum is the sum of the rewards)");
    Optional<Comparison> comparison =
        compares ? Optional.of(Comparisons.of(compare)) : Optional.empty();
    comparison.ifPresent(made -> requireRewards(experiment, "compare.between", made.rewards()));
    if (reward instanceof GroupReward.OfRewards named) {
      requireRewards(experiment, "group-reward.tests", named.rewards());
    }
    return Optional.of(new GroupScoring(reward, comparison, Comparisons.self(compare)));
  }

  private static void requireRewards(Experiment experiment, String key, Collection<String> names) {
    for (String name : names) {
      Require.that(
          experiment.reward().containsKey(name),
          "%s: %s (expected: the name of a reward, %s)",
          key,
          name,
          NearestName.expectation(name, experiment.reward().keySet()));
    }
  }

  /** The outcomes of one group, with the group's values; in the same order. */
  public List<RewardOutcome> apply(List<RewardOutcome> group) {
    List<Score> scores = new ArrayList<>();
    for (RewardOutcome outcome : group) {
      if (outcome instanceof RewardOutcome.Scored scored) {
        scores.add(scored.score());
      }
    }
    if (scores.size() < FEWEST) {
      RewardOutcome failed = new RewardOutcome.Failed(reason(group, scores.size()));
      return group.stream()
          .map(outcome -> outcome instanceof RewardOutcome.Failed ? outcome : failed)
          .toList();
    }
    double[] values;
    try {
      values = values(scores);
    } catch (IllegalArgumentException e) {
      // A response without a reward that is compared.
      return Collections.nCopies(
          group.size(), new RewardOutcome.Failed(String.valueOf(e.getMessage())));
    }
    List<RewardOutcome> changed = new ArrayList<>();
    int next = 0;
    for (RewardOutcome outcome : group) {
      changed.add(
          outcome instanceof RewardOutcome.Scored scored
              ? new RewardOutcome.Scored(valued(scored.score(), values[next++]))
              : outcome);
    }
    return changed;
  }

  private static String reason(List<RewardOutcome> group, int scored) {
    String first =
        group.stream()
            .filter(RewardOutcome.Failed.class::isInstance)
            .map(outcome -> ": " + ((RewardOutcome.Failed) outcome).reason())
            .findFirst()
            .orElse("");
    return "group-reward: "
        + scored
        + " of "
        + group.size()
        + " responses of the group have a score (expected: at least "
        + FEWEST
        + ")"
        + first;
  }

  /** The value of each response, by the values of the group. */
  double[] values(List<Score> scores) {
    if (reward instanceof GroupReward.OfRewards named) {
      return named.values(scores);
    }
    ComparisonMatrix matrix = comparison.orElseThrow().compare(scores);
    return ((GroupReward.OfComparisons) reward).values(matrix, self);
  }

  private static Score valued(Score score, double value) {
    Map<String, Float> parts = new HashMap<>(score.parts());
    parts.put(SUM, score.value());
    return new Score((float) value, parts);
  }
}
