package dev.kelpie.algorithms;

import static dev.kelpie.tensors.Scalars.div;
import static dev.kelpie.tensors.Scalars.maximum;

import ai.djl.ndarray.NDArray;
import dev.kelpie.config.KebabCase;
import dev.kelpie.config.Require;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Reduction of the token losses of a step to one number. Every mode is a weighted sum, {@code loss
 * = sum(L w)}; with N tokens, S responses, len_b tokens of response b and P groups in the optimiser
 * step, w is
 *
 * <ul>
 *   <li>token-mean: 1 / N (DAPO, https://arxiv.org/abs/2503.14476, eq. 12)
 *   <li>token-sum: 1
 *   <li>seq-mean-token-sum: 1 / S
 *   <li>seq-mean-token-mean: 1 / (S len_b) (GRPO, https://arxiv.org/abs/2402.03300, eq. 3)
 *   <li>seq-mean-token-sum-norm: 1 / (S normLength) (Dr. GRPO, https://arxiv.org/abs/2503.20783)
 *   <li>prompt-mean: 1 / (P tokens of the group)
 * </ul>
 *
 * @param mode the weights
 * @param normLength the constant of seq-mean-token-sum-norm, in tokens: the limit of new tokens,
 *     never the padded width
 * @param countEmpty whether responses without a token count in S
 */
public record Aggregation(Mode mode, double normLength, boolean countEmpty) {
  /** The modes, named in experiment files in lower case with hyphens. */
  public enum Mode {
    TOKEN_MEAN,
    TOKEN_SUM,
    SEQ_MEAN_TOKEN_SUM,
    SEQ_MEAN_TOKEN_MEAN,
    SEQ_MEAN_TOKEN_SUM_NORM,
    PROMPT_MEAN;

    /** The names of all modes. */
    public static List<String> labels() {
      return Arrays.stream(values()).map(KebabCase::of).toList();
    }
  }

  public Aggregation {
    Require.that(
        mode != Mode.SEQ_MEAN_TOKEN_SUM_NORM || normLength > 0,
        "norm-length: %s (expected: > 0 for seq-mean-token-sum-norm)",
        normLength);
  }

  /** The mean over all tokens. */
  public static Aggregation tokenMean() {
    return new Aggregation(Mode.TOKEN_MEAN, 0, false);
  }

  /** The aggregation called {@code label}; throws IllegalArgumentException if there is none. */
  public static Aggregation of(String label, double normLength) {
    for (Mode mode : Mode.values()) {
      if (KebabCase.of(mode).equals(label)) {
        return new Aggregation(mode, normLength, false);
      }
    }
    throw new IllegalArgumentException(
        String.format(Locale.ROOT, "aggregation: %s (expected: one of %s)", label, Mode.labels()));
  }

  /** The same, counting responses without a token or not. */
  public Aggregation countingEmpty(boolean count) {
    return new Aggregation(mode, normLength, count);
  }

  /** The weight of each token: [B, R], 0 where the mask is 0. */
  public NDArray weights(TokenBatch batch, Denominators step) {
    NDArray mask = batch.mask(); // [B, R]
    double sequences = step.sequences(countEmpty);
    return switch (mode) {
      case TOKEN_MEAN -> div(mask, step.tokens()); // [B, R]
      case TOKEN_SUM -> mask;
      case SEQ_MEAN_TOKEN_SUM -> div(mask, sequences); // [B, R]
      case SEQ_MEAN_TOKEN_MEAN ->
          div(mask.div(maximum(Masked.lengths(mask), 1)), sequences); // [B, R]
      case SEQ_MEAN_TOKEN_SUM_NORM -> div(mask, sequences * normLength); // [B, R]
      case PROMPT_MEAN -> mask.mul(batch.column(promptWeights(batch, step))); // [B, R]
    };
  }

  private static double[] promptWeights(TokenBatch batch, Denominators step) {
    double[] weights = new double[batch.rows()];
    for (int b = 0; b < weights.length; b++) {
      weights[b] = 1 / (step.groups() * step.groupTokens(batch.group(b)));
    }
    return weights;
  }

  /** The weighted sum of {@code tokenLosses} [B, R]; its sum over microbatches is the loss. */
  public NDArray aggregate(NDArray tokenLosses, TokenBatch batch, Denominators step) {
    return tokenLosses.mul(weights(batch, step)).sum(); // []
  }
}
