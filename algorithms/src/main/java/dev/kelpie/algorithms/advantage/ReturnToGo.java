package dev.kelpie.algorithms.advantage;

/** Discounted sums of the rewards from each token on. */
final class ReturnToGo {
  private ReturnToGo() {}

  /** Treatment of the sum at tokens that the policy did not produce. */
  enum MaskedTokens {
    /** Stepped over: the sum is carried unchanged, their rewards are ignored (verl). */
    CARRY,
    /** The sum starts again at 0 (SkyRL). */
    RESET,
    /** They count as tokens without reward (OpenRLHF). */
    DISCOUNT,
    /** They count like any token, their rewards too. */
    COUNT
  }

  /** {@code G_t = r_t + gamma G_{t+1}} for every token: [B][R]. */
  static double[][] of(RewardBatch batch, double gamma, MaskedTokens maskedTokens) {
    double[][] returns = new double[batch.rows()][];
    for (int b = 0; b < returns.length; b++) {
      double[] rewards = batch.tokenRewards()[b];
      double[] mask = batch.mask()[b];
      returns[b] = new double[rewards.length];
      double sum = 0;
      for (int t = rewards.length - 1; t >= 0; t--) {
        if (mask[t] != 0 || maskedTokens == MaskedTokens.COUNT) {
          sum = rewards[t] + gamma * sum;
        } else if (maskedTokens == MaskedTokens.RESET) {
          sum = 0;
        } else if (maskedTokens == MaskedTokens.DISCOUNT) {
          sum = gamma * sum;
        }
        returns[b][t] = sum;
      }
    }
    return returns;
  }
}
