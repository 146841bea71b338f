package dev.kelpie.algorithms;

import static dev.kelpie.tensors.Scalars.mul;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import dev.kelpie.config.Require;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A per-token estimate of KL(policy || reference) from the log-probabilities of sampled tokens.
 * With {@code d = policy - reference}: k1 = d, k2 = d^2 / 2, k3 = exp(-d) - 1 + d, abs = |d|.
 *
 * <p>Schulman 2020, http://joschu.net/blog/kl-approx.html. Only k2's gradient is that of the KL
 * under on-policy sampling, hence {@code straightThrough}.
 *
 * @param form which estimate
 * @param inputClamp d is clamped to +- this first; 0 is none
 * @param outputClamp the estimate is clamped to +- this last; 0 is none
 * @param straightThrough the value of the form with the gradient of unclamped k2
 * @param importance what the estimate is multiplied by, before the output clamp
 */
public record KlEstimator(
    Form form,
    double inputClamp,
    double outputClamp,
    boolean straightThrough,
    Importance importance) {
  /** The estimates, named in experiment files in lower case. */
  public enum Form {
    K1,
    K2,
    K3,
    ABS
  }

  /** Corrections for samples of an older policy. */
  public enum Importance {
    NONE,
    /**
     * By exp(policy - old), with its gradient (DeepSeek-V3.2, https://arxiv.org/abs/2512.02556).
     */
    RATIO,
    /** By exp(policy - sg(policy)): 1, but its gradient adds the estimate times the score. */
    SCORE_FUNCTION
  }

  public KlEstimator {
    Require.that(inputClamp >= 0, "kl-input-clamp: %s (expected: >= 0)", inputClamp);
    Require.that(outputClamp >= 0, "kl-output-clamp: %s (expected: >= 0)", outputClamp);
  }

  /** The plain estimate called {@code label}: k1, k2, k3 or abs. */
  public static KlEstimator of(String label) {
    try {
      return new KlEstimator(
          Form.valueOf(label.toUpperCase(Locale.ROOT)), 0, 0, false, Importance.NONE);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "kl estimator: %s (expected: k1, k2, k3 or abs)", label), e);
    }
  }

  /**
   * The estimate of each token.
   *
   * @param policyLogprobs [B, R], the leaf
   * @param referenceLogprobs [B, R]
   * @param oldLogprobs [B, R], needed for {@link Importance#RATIO} only
   * @return [B, R]
   */
  public NDArray estimate(
      NDArray policyLogprobs, NDArray referenceLogprobs, @Nullable NDArray oldLogprobs) {
    NDArray difference = policyLogprobs.sub(referenceLogprobs); // [B, R]
    NDArray clamped =
        inputClamp > 0 ? difference.clip(-inputClamp, inputClamp) : difference; // [B, R]
    NDArray kl = form(clamped); // [B, R]
    kl = corrected(kl, policyLogprobs, difference, oldLogprobs);
    kl = outputClamp > 0 ? kl.clip(-outputClamp, outputClamp) : kl; // [B, R]
    if (straightThrough) {
      NDArray k2 = mul(difference.square(), 0.5); // [B, R]
      kl = k2.sub(k2.stopGradient()).add(kl.stopGradient()); // [B, R]
    }
    return kl;
  }

  private NDArray form(NDArray d) {
    return switch (form) {
      case K1 -> d;
      case K2 -> mul(d.square(), 0.5); // [B, R]
      case K3 -> d.neg().exp().sub(1).add(d); // [B, R]
      case ABS -> d.abs(); // [B, R]
    };
  }

  private NDArray corrected(
      NDArray kl, NDArray policyLogprobs, NDArray difference, @Nullable NDArray oldLogprobs) {
    return switch (importance) {
      case RATIO -> {
        Require.that(oldLogprobs != null, "kl-importance: ratio needs old-logprobs");
        yield kl.mul(policyLogprobs.sub(oldLogprobs).exp()); // [B, R]
      }
      case SCORE_FUNCTION -> {
        NDArray one = policyLogprobs.sub(policyLogprobs.stopGradient()).exp(); // [B, R]
        if (inputClamp > 0) {
          // Where the clamp binds the estimate is a constant that must not push the policy.
          NDArray inside = difference.stopGradient().abs().lte(inputClamp); // [B, R]
          one = NDArrays.where(inside, one, one.stopGradient()); // [B, R]
        }
        yield kl.mul(one); // [B, R]
      }
      case NONE -> kl;
    };
  }
}
