package dev.kelpie.rewards.group;

import dev.kelpie.experience.reward.SelfComparison;
import java.util.Arrays;

/**
 * Ranks by win rate, from 0 for the worst to 1 for the best response of the group; responses of
 * equal win rate share the mean of their ranks.
 */
record RankReward() implements GroupReward.OfComparisons {
  @Override
  public double[] values(ComparisonMatrix matrix, SelfComparison self) {
    double[] rates = matrix.winRates(self);
    return Arrays.stream(rates).map(rate -> rank(rate, rates) / (rates.length - 1)).toArray();
  }

  private static double rank(double rate, double[] rates) {
    double below = -0.5; // the response itself is equal to itself
    for (double other : rates) {
      below += WinRates.equal(other, rate) ? 0.5 : other < rate ? 1 : 0;
    }
    return below;
  }
}
