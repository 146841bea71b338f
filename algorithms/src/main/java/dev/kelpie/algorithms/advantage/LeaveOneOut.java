package dev.kelpie.algorithms.advantage;

import dev.kelpie.config.Doc;

/**
 * RLOO's advantage: a response's score minus the mean score of the other responses to its prompt,
 * {@code A_i = s_i - sum_{j != i} s_j / (n - 1)}, which is {@code n / (n - 1) (s_i - mean)}.
 *
 * <p>Ahmadian et al. 2024, https://arxiv.org/abs/2402.14740.
 */
public record LeaveOneOut(Options options) implements GroupEstimator {
  public record Options(
      @Doc("advantage of a group of one: 0, or its score") LoneResponse singleton) {
    public static final Options DEFAULTS = new Options(LoneResponse.ZERO);
  }

  @Override
  public double[] advantages(RewardBatch batch) {
    double[] scores = batch.scores();
    double[] advantages = new double[scores.length];
    for (int[] members : batch.groups()) {
      double n = members.length;
      double mean = GroupMeans.mean(scores, members);
      for (int row : members) {
        advantages[row] =
            n > 1
                ? n / (n - 1) * (scores[row] - mean)
                : options.singleton == LoneResponse.RAW ? scores[row] : 0;
      }
    }
    return advantages;
  }
}
