package dev.kelpie.rewards.group;

import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;
import dev.kelpie.experience.Score;
import dev.kelpie.experience.reward.ScoreProbability;
import java.util.List;

/**
 * Compares by the weighted sum of the rewards: {@code P(i over j) = sigmoid(scale (score_i -
 * score_j))}, or with the link {@code step} 1 for the higher score and 1/2 for equal ones.
 */
record ScoresComparison(Options options) implements Comparison {
  /** How a difference of scores becomes a probability. */
  enum Link {
    /** Bradley-Terry. */
    SIGMOID,
    /** The higher score wins with certainty. */
    STEP
  }

  record Options(
      @Doc("factor of the difference of scores; of no meaning to step") double scale,
      @Doc("sigmoid: Bradley-Terry; step: the higher score wins, equal ones 1/2 each") Link link) {
    static final Options DEFAULTS = new Options(1, Link.SIGMOID);

    Options {
      Require.positive("scale", scale);
    }
  }

  @Override
  public ComparisonMatrix compare(List<Score> group) {
    return ComparisonMatrix.of(
        group.size(), (i, j) -> probability(group.get(i).value(), group.get(j).value()));
  }

  private double probability(double first, double second) {
    return options.link == Link.STEP
        ? (1 + Math.signum(first - second)) / 2
        : ScoreProbability.of(first, second, options.scale);
  }
}
