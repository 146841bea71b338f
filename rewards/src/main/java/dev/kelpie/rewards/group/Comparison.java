package dev.kelpie.rewards.group;

import dev.kelpie.experience.Score;
import java.util.Collection;
import java.util.List;

/** Compares the responses of a group, pair by pair. */
interface Comparison {
  /** The probabilities that each response is better than each other one. */
  ComparisonMatrix compare(List<Score> group);

  /** The names of the rewards that it looks at; none when it looks at their sum. */
  default Collection<String> rewards() {
    return List.of();
  }
}
