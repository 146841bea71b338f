package dev.kelpie.algorithms.preference;

import static dev.kelpie.tensors.Scalars.maximum;
import static dev.kelpie.tensors.Scalars.mul;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import dev.kelpie.algorithms.Masked;
import org.jspecify.annotations.Nullable;

/** Losses of a scalar reward model over pairs. */
public final class RewardModelLoss {
  private RewardModelLoss() {}

  /**
   * Bradley-Terry: {@code mean(-log sigmoid(chosen - rejected - margin)) + centerCoef mean((chosen
   * + rejected)^2)}.
   *
   * <p>Ouyang et al. 2022, https://arxiv.org/abs/2203.02155, eq. 1; margin: Llama 2,
   * https://arxiv.org/abs/2307.09288, eq. 2; centring: https://arxiv.org/abs/2312.09244.
   *
   * @param chosen rewards of the chosen responses [N, 1], a leaf
   * @param rejected rewards of the rejected responses [N, 1], a leaf
   * @param margin [N, 1]; null is none
   * @return []
   */
  public static NDArray bradleyTerry(
      NDArray chosen, NDArray rejected, @Nullable NDArray margin, double centerCoef) {
    NDArray difference = chosen.sub(rejected); // [N, 1]
    NDArray logits = margin == null ? difference : difference.sub(margin); // [N, 1]
    NDArray losses = LogSigmoid.of(logits).neg(); // [N, 1]
    return losses.add(centring(chosen, rejected, centerCoef)).mean(); // []
  }

  /**
   * Bradley-Terry with a label that may be uncertain: {@code mean(-p log sigmoid(d) - (1 - p) log
   * sigmoid(-d)) + centerCoef mean((chosen + rejected)^2)}, {@code d = chosen - rejected}. At p = 1
   * it is {@link #bradleyTerry} without a margin.
   *
   * @param chosen rewards of the chosen responses [N, 1], a leaf
   * @param rejected rewards of the rejected responses [N, 1], a leaf
   * @param probability that the chosen response is the better one, p [N, 1]
   * @return []
   */
  public static NDArray soft(
      NDArray chosen, NDArray rejected, NDArray probability, double centerCoef) {
    NDArray difference = chosen.sub(rejected); // [N, 1]
    NDArray right = LogSigmoid.of(difference).mul(probability); // [N, 1]
    NDArray wrong = LogSigmoid.of(difference.neg()).mul(probability.neg().add(1)); // [N, 1]
    NDArray losses = right.add(wrong).neg(); // [N, 1]
    return losses.add(centring(chosen, rejected, centerCoef)).mean(); // []
  }

  /**
   * Bradley-Terry with terms that make the rewards of chosen responses positive and those of
   * rejected ones negative: {@code mean(-log sigmoid(chosen - rejected) - log sigmoid(chosen) - log
   * sigmoid(-rejected))}.
   *
   * <p>Eurus, Yuan et al. 2024, https://arxiv.org/abs/2404.02078, section 4.
   *
   * @param chosen rewards of the chosen responses [N, 1], a leaf
   * @param rejected rewards of the rejected responses [N, 1], a leaf
   * @return []
   */
  public static NDArray absolute(NDArray chosen, NDArray rejected, double centerCoef) {
    NDArray ranking = LogSigmoid.of(chosen.sub(rejected)); // [N, 1]
    NDArray signs = LogSigmoid.of(chosen).add(LogSigmoid.of(rejected.neg())); // [N, 1]
    NDArray losses = ranking.add(signs).neg(); // [N, 1]
    return losses.add(centring(chosen, rejected, centerCoef)).mean(); // []
  }

  /** {@code centerCoef (chosen + rejected)^2} [N, 1]. */
  private static NDArray centring(NDArray chosen, NDArray rejected, double centerCoef) {
    return mul(chosen.add(rejected).square(), centerCoef);
  }

  /**
   * Process reward model: the mean cross-entropy of the class of each labelled step.
   *
   * <p>Lightman et al. 2023, https://arxiv.org/abs/2305.20050.
   *
   * @param logits of C classes at each token [B, T, C], a leaf
   * @param labels the class at each token [B, T], negative where there is none
   * @return []; 0 if nothing has a label
   */
  public static NDArray processReward(NDArray logits, NDArray labels) {
    NDArray mask = Masked.indicator(labels.gte(0), logits); // [B, T]
    NDArray classes = maximum(labels, 0).toType(DataType.INT64, false).expandDims(2); // [B, T, 1]
    NDArray logprobs = logits.logSoftmax(2).gather(classes, 2).squeeze(2); // [B, T]
    return Masked.mean(logprobs.neg(), mask);
  }

  /** Share of pairs whose chosen response has the higher reward, in single precision. */
  public static double accuracy(NDArray chosen, NDArray rejected) {
    return chosen.gt(rejected).toType(DataType.FLOAT32, false).mean().getFloat();
  }
}
