package dev.kelpie.algorithms.label;

import dev.kelpie.algorithms.pairing.GroupPairs;
import java.util.List;

/**
 * The probability is 1 where the chosen side has the higher score, 0 where it has the lower one,
 * and 1/2 where both are equal; for pairings that do not look at scores.
 */
record WinnerLabel() implements LabelRule {
  @Override
  public List<List<Target>> labels(List<GroupPairs> step) {
    return PairRule.each(
        step, (group, pair) -> Target.of((Math.signum(pair.gap()) + 1) / 2)); // 0, 1/2 or 1
  }

  @Override
  public boolean namesWinner() {
    return true;
  }
}
