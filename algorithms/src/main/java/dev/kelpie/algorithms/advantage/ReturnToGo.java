package dev.kelpie.algorithms.advantage;

import dev.kelpie.algorithms.advantage.ReinforcePlusPlus.MaskedTokens;

/** Discounted sums of the rewards from each token on; rewards on masked tokens do not count. */
final class ReturnToGo {
  private ReturnToGo() {}

  /** {@code G_t = r_t + gamma G_{t+1}} for every token: [B][R]. */
  static double[][] of(RewardBatch batch, double gamma, MaskedTokens maskedTokens) {
    double[][] returns = new double[batch.rows()][];
    for (int b = 0; b < returns.length; b++) {
      double[] rewards = batch.tokenRewards()[b];
      double[] mask = batch.mask()[b];
      returns[b] = new double[rewards.length];
      double sum = 0;
      for (int t = rewards.length - 1; t >= 0; t--) {
        sum =
            mask[t] != 0
                ? rewards[t] + gamma * sum
                : switch (maskedTokens) {
                  case CARRY -> sum;
                  case RESET -> 0;
                  case DISCOUNT -> gamma * sum;
                };
        returns[b][t] = sum;
      }
    }
    return returns;
  }
}
