package dev.kelpie.algorithms.label;

import dev.kelpie.algorithms.pairing.Candidate;
import dev.kelpie.algorithms.pairing.GroupPairs;
import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;
import dev.kelpie.experience.reward.ScoreProbability;
import dev.kelpie.experience.reward.SelfComparison;
import java.util.List;

/**
 * Win rates within the group: {@code P(i over j) = sigmoid(scale (score_i - score_j))}; the win
 * rate of i is the mean of {@code P(i over j)} over the group, and its target is the win rate minus
 * 1/2. The pair's probability is {@code P(chosen over rejected)}.
 *
 * <p>SPPO, Wu et al. 2024, https://arxiv.org/abs/2405.00675, Algorithm 1; its published code counts
 * the response itself, as 1/2.
 */
public record WinRateLabel(Options options) implements LabelRule {
  public record Options(
      @Doc("factor of the difference of scores") double scale,
      @Doc("the response against itself: half (counts as 1/2) or exclude") SelfComparison self) {
    public static final Options DEFAULTS = new Options(1, SelfComparison.HALF);

    public Options {
      Require.positive("scale", scale);
    }
  }

  @Override
  public List<List<Target>> labels(List<GroupPairs> step) {
    return PairRule.each(
        step,
        (group, pair) ->
            new Target(
                ScoreProbability.of(pair.chosen().score(), pair.rejected().score(), options.scale),
                winRate(pair.chosen(), group) - 0.5,
                winRate(pair.rejected(), group) - 0.5));
  }

  private double winRate(Candidate candidate, GroupPairs group) {
    return group.members().stream()
        .filter(other -> options.self == SelfComparison.HALF || other.row() != candidate.row())
        .mapToDouble(other -> ScoreProbability.of(candidate.score(), other.score(), options.scale))
        .average()
        .orElse(0.5);
  }

  @Override
  public boolean makesTargets() {
    return true;
  }

  @Override
  public boolean namesWinner() {
    return true;
  }
}
