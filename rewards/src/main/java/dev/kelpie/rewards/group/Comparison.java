package dev.kelpie.rewards.group;

import dev.kelpie.experience.Score;
import dev.kelpie.experience.scoring.ScoreRequest;
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
  default Compared compare(List<Score> scores, List<GroupMember> group)
      throws InterruptedException {
    return Compared.whole(compare(scores));
  }

  /** What models have to compute of the responses before they are compared. */
  default List<ScoreRequest> requests() {
    return List.of();
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
