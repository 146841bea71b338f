package dev.kelpie.algorithms.loss.policy;

import dev.kelpie.algorithms.Aggregation;
import dev.kelpie.algorithms.PolicyOutputs;
import dev.kelpie.algorithms.TokenBatch;
import dev.kelpie.algorithms.loss.LossUnit;
import dev.kelpie.algorithms.loss.TokenLosses;
import java.util.Optional;

/**
 * A policy objective per token. It never sees a model: it is a function of the policy's outputs and
 * of fixed numbers. {@link PolicyObjective} multiplies weights, adds KL and entropy terms and
 * aggregates.
 *
 * <p>To add one: a file that implements this with a nested {@code record Options} and its {@code
 * DEFAULTS}, and one line in {@link PolicyLosses}.
 */
public interface PolicyLoss {
  /**
   * The loss of each token, to be minimised.
   *
   * @param outputs the policy's numbers; the result is differentiable by them
   * @param batch the fixed numbers
   * @return losses [B, R] and metrics named {@code policy/...}
   */
  TokenLosses evaluate(PolicyOutputs outputs, TokenBatch batch);

  /** The rows that the loss needs together. */
  default LossUnit unit() {
    return LossUnit.TOKEN;
  }

  /** The aggregation that the objective is defined with, if no other makes sense. */
  default Optional<Aggregation> aggregation() {
    return Optional.empty();
  }

  /** Whether the batch must hold advantages. */
  default boolean needsAdvantages() {
    return true;
  }

  /** Whether the batch must hold reference log-probabilities. */
  default boolean needsReference() {
    return false;
  }

  /** Whether the batch must hold the value function's output and the returns. */
  default boolean needsValues() {
    return false;
  }

  /** How the optimal values of prompts are found that the batch must hold; empty: it needs none. */
  default Optional<OptimalValues> optimalValues() {
    return Optional.empty();
  }

  /** Whether the loss itself uses the batch's weights; else they multiply its token losses. */
  default boolean appliesWeights() {
    return false;
  }

  /**
   * Whether the batch's old log-probabilities must be those of the proximal policy, recomputed by
   * the trainer, for tokens of older versions too; else those may keep what the rollout reported.
   */
  default boolean needsProximal() {
    return false;
  }
}
