package dev.kelpie.algorithms.advantage;

import dev.kelpie.config.Doc;

/**
 * OPO's advantage: the score minus the length-weighted mean of its group, {@code b = sum(len_i s_i)
 * / sum(len_i)}, the baseline of least variance when gradients grow with length.
 *
 * <p>Hao et al. 2025, https://arxiv.org/abs/2505.23585.
 */
public record OptimalBaseline(Options options) implements GroupEstimator {
  public record Options(
      @Doc("advantage of a group of one: 0, or its score") LoneResponse singleton) {
    public static final Options DEFAULTS = new Options(LoneResponse.ZERO);
  }

  @Override
  public double[] advantages(RewardBatch batch) {
    double[] scores = batch.scores();
    double[] advantages = new double[scores.length];
    for (int[] members : batch.groups()) {
      double baseline = baseline(scores, members, batch);
      for (int row : members) {
        advantages[row] = scores[row] - baseline;
      }
    }
    return advantages;
  }

  private double baseline(double[] scores, int[] members, RewardBatch batch) {
    if (members.length == 1) {
      return options.singleton == LoneResponse.RAW ? 0 : scores[members[0]];
    }
    double weighted = 0;
    double lengths = 0;
    for (int row : members) {
      weighted += batch.length(row) * scores[row];
      lengths += batch.length(row);
    }
    return weighted / Math.max(1, lengths);
  }
}
