package dev.kelpie.rewards.group;

import dev.kelpie.experience.Score;
import dev.kelpie.experience.reward.SelfComparison;
import java.util.Collection;
import java.util.List;

/** Makes the values of the responses of a group, from comparisons or from their named rewards. */
sealed interface GroupReward {
  /** Values made of comparisons of the responses. */
  non-sealed interface OfComparisons extends GroupReward {
    /** The value of each response. */
    double[] values(ComparisonMatrix matrix, SelfComparison self);
  }

  /** Values made of the named rewards of the responses. */
  non-sealed interface OfRewards extends GroupReward {
    /** The value of each response. */
    double[] values(List<Score> group);

    /** The names of the rewards that it looks at. */
    Collection<String> rewards();
  }
}
