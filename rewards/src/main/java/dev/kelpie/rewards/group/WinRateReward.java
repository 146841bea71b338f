package dev.kelpie.rewards.group;

import dev.kelpie.experience.reward.SelfComparison;

/**
 * The win rate in the group: the mean probability to be better than another response.
 *
 * <p>SPO, Swamy et al. 2024, https://arxiv.org/abs/2401.04056, Algorithm 1, which leaves the
 * response itself out.
 */
record WinRateReward() implements GroupReward.OfComparisons {
  @Override
  public double[] values(ComparisonMatrix matrix, SelfComparison self) {
    return matrix.winRates(self);
  }
}
