package dev.kelpie.algorithms.advantage;

/**
 * ReMax's advantage: the return-to-go minus the reward of the greedy response to the same prompt.
 *
 * <p>Li et al. 2023, https://arxiv.org/abs/2310.10505.
 */
public final class ReMax implements AdvantageEstimator {
  @Override
  public boolean needsGreedyRewards() {
    return true;
  }

  @Override
  public Credit estimate(RewardBatch batch) {
    double[][] returns = ReturnToGo.of(batch, 1, ReinforcePlusPlus.MaskedTokens.CARRY);
    double[][] advantages = new double[batch.rows()][];
    for (int b = 0; b < advantages.length; b++) {
      advantages[b] = returns[b].clone();
      for (int t = 0; t < advantages[b].length; t++) {
        advantages[b][t] -= batch.greedyRewards()[b];
      }
    }
    return Credit.of(advantages, returns, batch);
  }
}
