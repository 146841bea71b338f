package dev.kelpie.rewards.group;

import dev.kelpie.experience.reward.SelfComparison;
import java.util.Arrays;

/** Levels by win rate: 0 for the lowest win rate of the group, 1 for the next higher, and so on. */
record LevelsReward() implements GroupReward.OfComparisons {
  @Override
  public double[] values(ComparisonMatrix matrix, SelfComparison self) {
    double[] rates = matrix.winRates(self);
    return Arrays.stream(rates).map(rate -> level(rate, rates)).toArray();
  }

  private static double level(double rate, double[] rates) {
    double[] sorted = rates.clone();
    Arrays.sort(sorted);
    double level = 0;
    for (int i = 0; i + 1 < sorted.length; i++) {
      boolean higher = !WinRates.equal(sorted[i], sorted[i + 1]);
      level += higher && sorted[i + 1] <= rate + WinRates.TOLERANCE ? 1 : 0;
    }
    return level;
  }
}
