package dev.kelpie.rewards.group;

import dev.kelpie.config.ConfigBlock;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.NearestName;
import dev.kelpie.config.Require;
import dev.kelpie.config.file.Stages;
import dev.kelpie.config.people.PeopleOptions;
import dev.kelpie.experience.RewardOutcome;
import dev.kelpie.experience.Score;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.experience.reward.ScoreParts;
import dev.kelpie.experience.reward.SelfComparison;
import dev.kelpie.experience.scoring.SampleNumbers;
import dev.kelpie.experience.scoring.ScoreRequest;
import dev.kelpie.rewards.judge.Judge;
import dev.kelpie.rewards.judge.LogprobJudge;
import dev.kelpie.rewards.remote.Connections;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Values of the responses of a group in place of their own scores: the blocks {@code compare} and
 * {@code group-reward} of an experiment. The parts of a score stay, and its former value is the
 * part {@link #SUM}. Failed responses are not compared; a group with fewer than two others fails as
 * a whole.
 */
public final class GroupScoring {
  /** The part of a score that is the weighted sum of its rewards, before the group's values. */
  public static final String SUM = "sum";

  /** The part of a score that is how much both orders of pairs differ, for a judge. */
  public static final String DISAGREEMENT = "compare-disagreement";

  /** The label of pairs that is read from the comparisons. */
  private static final String COMPARED = "compared";

  private static final int FEWEST = 2;

  private final GroupReward reward;
  private final Optional<Comparison> comparison;
  private final SelfComparison self;
  private final boolean against;

  /**
   * @param against whether scores have the comparisons with each other response as parts
   */
  private GroupScoring(
      GroupReward reward, Optional<Comparison> comparison, SelfComparison self, boolean against) {
    this.reward = reward;
    this.comparison = comparison;
    this.self = self;
    this.against = against;
  }

  private static boolean readsComparisons(PeopleOptions people) {
    return people.fallback().type().equals(Optional.of(COMPARED));
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
    boolean fallback =
        PeopleOptions.of(experiment).filter(GroupScoring::readsComparisons).isPresent();
    boolean against =
        fallback
            || Stages.of(experiment).all().stream()
                .map(stage -> stage.experiment().algorithm())
                .anyMatch(
                    made -> made.pairs() && made.label().type().equals(Optional.of(COMPARED)));
    Require.that(
        !against || !compare.values().isEmpty(),
        "algorithm.label.%s: %s (expected: another one, because there is no compare.type whose"
            + " probabilities it is made of, such as judge)",
        fallback ? "fallback.type" : "type",
        COMPARED);
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
        compares ? Optional.of(Comparisons.of(experiment)) : Optional.empty();
    comparison.ifPresent(made -> requireRewards(experiment, "compare.between", made.rewards()));
    if (reward instanceof GroupReward.OfRewards named) {
      requireRewards(experiment, "group-reward.tests", named.rewards());
    }
    return Optional.of(new GroupScoring(reward, comparison, Comparisons.self(compare), against));
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

  /** The same scoring, with the connections of a run. */
  public GroupScoring connect(Connections connections) {
    return new GroupScoring(
        reward, comparison.map(made -> made.connect(connections)), self, against);
  }

  /** What models have to compute of the responses of a step before they are compared. */
  public List<ScoreRequest> requests() {
    return comparison.map(Comparison::requests).orElse(List.of());
  }

  /** The judge of the comparisons, if there is one. */
  public Optional<Judge> judge() {
    return comparison
        .filter(JudgeComparison.class::isInstance)
        .map(made -> ((JudgeComparison) made).judge())
        .or(() -> logprobJudge().map(LogprobJudge::judge));
  }

  /** The same if it is a model of the run. */
  public Optional<LogprobJudge> logprobJudge() {
    return comparison
        .filter(LogprobComparison.class::isInstance)
        .map(made -> ((LogprobComparison) made).judge());
  }

  /**
   * The outcomes of one group, with the group's values; in the same order.
   *
   * @param responses the responses of the group
   * @param numbers what models computed of each of them
   * @throws InterruptedException if the calling thread is interrupted
   */
  public List<RewardOutcome> apply(
      List<RewardOutcome> group, List<Trajectory> responses, List<SampleNumbers> numbers)
      throws InterruptedException {
    List<Score> scores = new ArrayList<>();
    List<GroupMember> scored = new ArrayList<>();
    for (int i = 0; i < group.size(); i++) {
      if (group.get(i) instanceof RewardOutcome.Scored outcome) {
        scores.add(outcome.score());
        scored.add(new GroupMember(i, responses.get(i), numbers.get(i)));
      }
    }
    if (scores.size() < FEWEST) {
      return failed(group, reason(group, scores.size()));
    }
    List<RewardOutcome> valued;
    try {
      valued = valued(scores, scored);
    } catch (IllegalArgumentException e) {
      // A response without a reward that is compared.
      return Collections.nCopies(
          group.size(), new RewardOutcome.Failed(String.valueOf(e.getMessage())));
    }
    List<RewardOutcome> changed = new ArrayList<>();
    int next = 0;
    for (RewardOutcome outcome : group) {
      changed.add(outcome instanceof RewardOutcome.Scored ? valued.get(next++) : outcome);
    }
    return changed;
  }

  private static List<RewardOutcome> failed(List<RewardOutcome> group, String reason) {
    RewardOutcome failed = new RewardOutcome.Failed(reason);
    return group.stream()
        .map(outcome -> outcome instanceof RewardOutcome.Failed ? outcome : failed)
        .toList();
  }

  /** The outcomes of responses that all have a score. */
  private List<RewardOutcome> valued(List<Score> scores, List<GroupMember> responses)
      throws InterruptedException {
    if (reward instanceof GroupReward.OfRewards named) {
      double[] values = named.values(scores);
      return IntStream.range(0, scores.size())
          .<RewardOutcome>mapToObj(i -> scored(scores.get(i), values[i], Map.of()))
          .toList();
    }
    Compared compared = comparison.orElseThrow().compare(scores, responses);
    List<RewardOutcome> outcomes = new ArrayList<>();
    for (Optional<String> problem : compared.problems()) {
      outcomes.add(new RewardOutcome.Failed(problem.orElse("")));
    }
    if (compared.matrix().size() < FEWEST) {
      RewardOutcome alone = new RewardOutcome.Failed(reason(outcomes, compared.matrix().size()));
      outcomes.replaceAll(
          outcome -> ((RewardOutcome.Failed) outcome).reason().isEmpty() ? alone : outcome);
      return outcomes;
    }
    double[] values = ((GroupReward.OfComparisons) reward).values(compared.matrix(), self);
    Map<String, Float> parts =
        compared
            .disagreement()
            .map(value -> Map.of(DISAGREEMENT, value.floatValue()))
            .orElse(Map.of());
    List<GroupMember> kept =
        IntStream.range(0, outcomes.size())
            .filter(i -> compared.problems().get(i).isEmpty())
            .mapToObj(responses::get)
            .toList();
    int next = 0;
    for (int i = 0; i < outcomes.size(); i++) {
      if (compared.problems().get(i).isEmpty()) {
        Map<String, Float> own = new HashMap<>(parts);
        own.putAll(against ? against(compared.matrix(), next, kept) : Map.of());
        outcomes.set(i, scored(scores.get(i), values[next++], own));
      }
    }
    return outcomes;
  }

  /** The probabilities that a response is better than each other one, by their numbers. */
  private static Map<String, Float> against(
      ComparisonMatrix matrix, int own, List<GroupMember> members) {
    Map<String, Float> parts = new HashMap<>();
    for (int other = 0; other < members.size(); other++) {
      if (other != own) {
        parts.put(
            ScoreParts.AGAINST + members.get(other).trajectory().id().sample(),
            (float) matrix.at(own, other));
      }
    }
    return parts;
  }

  private static String reason(List<RewardOutcome> group, int scored) {
    String first =
        group.stream()
            .filter(RewardOutcome.Failed.class::isInstance)
            .map(outcome -> ((RewardOutcome.Failed) outcome).reason())
            .filter(why -> !why.isEmpty())
            .map(why -> ": " + why)
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

  /** The value of each response, by comparisons that need no response. */
  double[] values(List<Score> scores) {
    if (reward instanceof GroupReward.OfRewards named) {
      return named.values(scores);
    }
    ComparisonMatrix matrix = comparison.orElseThrow().compare(scores);
    return ((GroupReward.OfComparisons) reward).values(matrix, self);
  }

  private static RewardOutcome scored(Score score, double value, Map<String, Float> more) {
    Map<String, Float> parts = new HashMap<>(score.parts());
    parts.put(SUM, score.value());
    parts.putAll(more);
    return new RewardOutcome.Scored(new Score((float) value, parts));
  }
}
