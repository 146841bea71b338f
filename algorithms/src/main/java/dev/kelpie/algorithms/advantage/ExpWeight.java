package dev.kelpie.algorithms.advantage;

import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;

/**
 * {@code exp(score / beta)} on every token of a response: imitation that counts better responses
 * more. With the loss {@code reinforce} it is conditioned reward-weighted fine-tuning, C-RLFT, Wang
 * et al. 2023, https://arxiv.org/abs/2309.11235, where the score is that of the response's class.
 */
public record ExpWeight(Options options) implements AdvantageEstimator {
  public record Options(@Doc("temperature: small values count the best alone") double beta) {
    public static final Options DEFAULTS = new Options(1);

    public Options {
      Require.positive("beta", beta);
    }
  }

  @Override
  public Credit estimate(RewardBatch batch) {
    double[] scores = batch.scores();
    double[] weights = new double[scores.length];
    for (int b = 0; b < weights.length; b++) {
      weights[b] = Math.exp(scores[b] / options.beta);
    }
    return Credit.ofRows(weights, batch);
  }
}
