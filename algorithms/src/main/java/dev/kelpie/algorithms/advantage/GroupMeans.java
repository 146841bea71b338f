package dev.kelpie.algorithms.advantage;

import java.util.List;

/** The subtraction of group means. */
final class GroupMeans {
  private GroupMeans() {}

  /** Each score minus the mean of its group; a group of one as {@code singleton} says. */
  static double[] subtract(double[] scores, List<int[]> groups, LoneResponse singleton) {
    double[] centred = new double[scores.length];
    for (int[] members : groups) {
      boolean raw = members.length == 1 && singleton == LoneResponse.RAW;
      double mean = raw ? 0 : mean(scores, members);
      for (int row : members) {
        centred[row] = scores[row] - mean;
      }
    }
    return centred;
  }

  /** The mean of the scores of {@code rows}; exactly the score when all are equal. */
  static double mean(double[] scores, int[] rows) {
    double first = scores[rows[0]];
    double sum = 0;
    for (int row : rows) {
      sum += scores[row] - first;
    }
    return first + sum / rows.length;
  }
}
