package dev.kelpie.experience.reward;

import dev.kelpie.experience.Score;
import java.util.List;

/** Whether the rewards of a group differ, so that a comparison within it teaches something. */
public final class GroupSpread {
  private GroupSpread() {}

  /**
   * Whether two of {@code scores} differ.
   *
   * @param metric the part that counts, of the scores that have it; empty: the value
   */
  public static boolean differ(List<Score> scores, String metric) {
    return scores.stream()
            .filter(score -> metric.isEmpty() || score.parts().containsKey(metric))
            .map(score -> metric.isEmpty() ? Float.valueOf(score.value()) : part(score, metric))
            .distinct()
            .limit(2)
            .count()
        > 1;
  }

  private static Float part(Score score, String metric) {
    return score.parts().getOrDefault(metric, 0f);
  }
}
