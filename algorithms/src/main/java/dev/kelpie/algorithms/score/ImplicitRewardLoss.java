package dev.kelpie.algorithms.score;

import static dev.kelpie.tensors.Scalars.mul;

import ai.djl.ndarray.NDArray;
import dev.kelpie.algorithms.LossTerms;
import dev.kelpie.algorithms.Metrics;
import dev.kelpie.algorithms.TokenBatch;
import dev.kelpie.algorithms.preference.LogSigmoid;
import java.util.Arrays;

/**
 * Cross-entropy of an implicit process reward model: the reward of a token is {@code r_t = beta
 * (log pi_phi(y_t) - log pi_ref(y_t))}, that of a response their sum s, and the loss {@code -l log
 * sigmoid(s) - (1 - l) log sigmoid(-s)} of the label l, 1 for a right response and 0 for a wrong
 * one, averaged over the responses of the optimiser step.
 *
 * <p>Cui et al. 2025, https://arxiv.org/abs/2502.01456, eq. 4; the parametrisation is that of Yuan
 * et al. 2024, https://arxiv.org/abs/2412.01981.
 *
 * @param beta factor of the log-ratio
 */
public record ImplicitRewardLoss(double beta) {
  /**
   * The share of a microbatch in the loss. Metrics: {@code process_reward/loss}, and {@code
   * process_reward/accuracy}, the share of responses whose s is above 0 where the label is 1.
   *
   * @param logprobs of the model [B, R], a leaf
   * @param batch has the reference's log-probabilities
   * @param labels of the rows [B], each 0 or 1
   * @param responses of the whole optimiser step
   */
  public LossTerms evaluate(NDArray logprobs, TokenBatch batch, double[] labels, int responses) {
    NDArray ratios = logprobs.sub(batch.referenceLogprobs()).mul(batch.mask()); // [B, R]
    NDArray sums = mul(ratios.sum(new int[] {1}, true), beta); // [B, 1]
    double[] signs = Arrays.stream(labels).map(label -> label > 0 ? 1 : -1).toArray();
    NDArray losses = LogSigmoid.of(sums.mul(batch.column(signs))).neg(); // [B, 1]
    NDArray loss = mul(losses.sum(), 1f / responses); // []
    float[] rewards = sums.stopGradient().toFloatArray();
    double right = 0;
    for (int b = 0; b < rewards.length; b++) {
      right += (rewards[b] > 0) == (labels[b] > 0) ? 1 : 0;
    }
    return new LossTerms(
        loss,
        new Metrics()
            .sum("process_reward/loss", loss.stopGradient().getFloat())
            .mean("process_reward/accuracy", right, rewards.length));
  }

  /**
   * The rewards of the tokens of a response.
   *
   * @param logprobs of the model, one for each token
   * @param reference log-probabilities of the reference, likewise
   */
  public double[] rewards(double[] logprobs, double[] reference) {
    double[] rewards = new double[logprobs.length];
    for (int t = 0; t < rewards.length; t++) {
      rewards[t] = beta * (logprobs[t] - reference[t]);
    }
    return rewards;
  }
}
