package dev.kelpie.rewards.group;

import dev.kelpie.experience.Score;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.rewards.remote.Connections;
import java.util.Collection;
import java.util.List;

/** Compares the responses of a group, pair by pair. */
interface Comparison {
  /** The probabilities that each response is better than each other one. */
  ComparisonMatrix compare(List<Score> group);

  /**
   * The same for a comparison that looks at the responses themselves.
   *
   * @throws InterruptedException if the calling thread is interrupted
   */
  default Compared compare(List<Score> scores, List<Trajectory> group) throws InterruptedException {
    return Compared.whole(compare(scores));
  }

  /** The same comparison, with the connections of a run. */
  default Comparison connect(Connections connections) {
    return this;
  }

  /** The names of the rewards that it looks at; none when it looks at their sum. */
  default Collection<String> rewards() {
    return List.of();
  }
}
