package dev.kelpie.algorithms.advantage;

/** Makes batches whose responses have one score each. */
public final class ScoreBatches {
  private ScoreBatches() {}

  /** The scores put on the last token whose mask is 1. */
  public static RewardBatch of(double[] scores, double[][] mask, int[] groups) {
    double[][] tokenRewards = new double[mask.length][];
    for (int b = 0; b < mask.length; b++) {
      tokenRewards[b] = new double[mask[b].length];
      for (int t = mask[b].length - 1; t >= 0; t--) {
        if (mask[b][t] != 0) {
          tokenRewards[b][t] = scores[b];
          break;
        }
      }
    }
    return RewardBatch.of(tokenRewards, mask, groups);
  }
}
