package dev.kelpie.algorithms.loss.policy;

import static dev.kelpie.tensors.Scalars.mul;

import ai.djl.ndarray.NDArray;
import dev.kelpie.algorithms.Aggregation;
import dev.kelpie.algorithms.Denominators;
import dev.kelpie.algorithms.KlEstimator;
import dev.kelpie.algorithms.LossTerms;
import dev.kelpie.algorithms.Masked;
import dev.kelpie.algorithms.Metrics;
import dev.kelpie.algorithms.PolicyOutputs;
import dev.kelpie.algorithms.TokenBatch;
import dev.kelpie.algorithms.TokenBatch.Column;
import dev.kelpie.algorithms.loss.TokenLosses;
import dev.kelpie.algorithms.loss.correction.Correction;
import dev.kelpie.algorithms.loss.correction.OffPolicyWeights;
import dev.kelpie.config.AlgorithmOptions;
import dev.kelpie.config.Catalog;
import dev.kelpie.config.ConfigBlock;
import dev.kelpie.config.KlOptions;
import dev.kelpie.config.Require;
import java.util.Locale;
import java.util.Optional;

/**
 * The learner's objective: a policy loss with weights, KL term, aggregation and entropy bonus. Per
 * token {@code L = w loss + klCoef kl}, aggregated, minus {@code entropyCoef} times the token mean
 * of the entropy; w are the batch's weights times those of the correction. The denominators are
 * those of the original mask: tokens that weights drop do not raise the share of the others.
 *
 * @param loss the loss of each token
 * @param aggregation reduction of the token losses, unless the loss defines its own
 * @param klCoef factor of the KL term; 0 is none
 * @param kl estimate of the KL to the reference
 * @param entropyCoef factor of the entropy bonus; 0 is none
 * @param entropyQuantile only this share of the tokens, those of highest entropy in the microbatch,
 *     carry the loss (Wang et al. 2025, https://arxiv.org/abs/2506.01939); 1 is all
 * @param correction off-policy weights
 */
public record PolicyObjective(
    PolicyLoss loss,
    Aggregation aggregation,
    double klCoef,
    KlEstimator kl,
    double entropyCoef,
    double entropyQuantile,
    Optional<Correction> correction) {
  public PolicyObjective {
    Require.that(
        entropyQuantile > 0 && entropyQuantile <= 1,
        "entropy-quantile: %s (expected: in (0, 1])",
        entropyQuantile);
  }

  /**
   * The objective of an experiment's {@code algorithm} block, without a KL term that the reward
   * carries.
   *
   * @param maxNewTokens the constant of seq-mean-token-sum-norm when {@code norm-length} is 0
   */
  public static PolicyObjective of(AlgorithmOptions algorithm, int maxNewTokens) {
    ConfigBlock block = algorithm.loss();
    PolicyLoss loss = PolicyLosses.catalog().create(block, Catalog.keys(ObjectiveOptions.DEFAULTS));
    String type = block.type().orElseThrow();
    Record own = (Record) PolicyLosses.catalog().defaults(type);
    ObjectiveOptions options = block.bind(ObjectiveOptions.DEFAULTS, Catalog.keys(own));
    int normLength = algorithm.normLength() > 0 ? algorithm.normLength() : maxNewTokens;
    Aggregation aggregation = Aggregation.of(algorithm.aggregation(), normLength);
    boolean inLoss = algorithm.kl().place() == KlOptions.Place.LOSS;
    return options.around(
        of(loss, aggregation)
            .withKl(inLoss ? algorithm.kl().coef() : 0, KlEstimator.of(algorithm.kl().estimator()))
            .withEntropyBonus(algorithm.entropyCoef()));
  }

  /** The loss alone. */
  public static PolicyObjective of(PolicyLoss loss, Aggregation aggregation) {
    return new PolicyObjective(loss, aggregation, 0, KlEstimator.of("k3"), 0, 1, Optional.empty());
  }

  /** The same with the KL term {@code coef kl}. */
  public PolicyObjective withKl(double coef, KlEstimator estimator) {
    return new PolicyObjective(
        loss, aggregation, coef, estimator, entropyCoef, entropyQuantile, correction);
  }

  /** The same with the entropy bonus {@code coef}. */
  public PolicyObjective withEntropyBonus(double coef) {
    return new PolicyObjective(loss, aggregation, klCoef, kl, coef, entropyQuantile, correction);
  }

  /** Whether the batch must hold reference log-probabilities. */
  public boolean needsReference() {
    return klCoef != 0;
  }

  /**
   * The loss of a microbatch.
   *
   * @param outputs the policy's numbers [B, R]; the result is differentiable by them
   * @param batch the fixed numbers
   * @param step counts of the whole optimiser step
   */
  public LossTerms evaluate(PolicyOutputs outputs, TokenBatch batch, Denominators step) {
    TokenLosses tokens = tokenLosses(outputs, batch);
    Aggregation own = loss.aggregation().orElse(aggregation);
    NDArray total = own.aggregate(tokens.values(), batch, step); // []
    NDArray entropy = outputs.entropy(); // [B, R]
    if (entropyCoef != 0) {
      NDArray weights = mul(batch.mask(), entropyCoef / step.tokens()); // [B, R]
      total = total.sub(entropy.mul(weights).sum()); // []
    }
    Metrics metrics = new Metrics().sum("policy/loss", Masked.number(total.stopGradient()));
    metrics.mean("policy/entropy", entropy, batch.mask()).merge(tokens.metrics());
    return new LossTerms(total, metrics);
  }

  /** The token losses with weights and KL term, 0 where the mask is 0; not yet aggregated. */
  public TokenLosses tokenLosses(PolicyOutputs outputs, TokenBatch batch) {
    TokenLosses tokens = loss.evaluate(outputs, batch);
    NDArray mask = batch.mask(); // [B, R]
    Metrics metrics = tokens.metrics();
    NDArray losses = tokens.values().mul(weights(outputs, batch, metrics)); // [B, R]
    batch.find(Column.ROLLOUT_LOGPROBS).ifPresent(rollout -> measureMismatch(batch, metrics));
    if (klCoef != 0) {
      NDArray old = batch.find(Column.OLD_LOGPROBS).orElse(null); // [B, R]
      NDArray estimate =
          kl.estimate(outputs.logprobs(), batch.referenceLogprobs(), old).mul(mask); // [B, R]
      metrics.mean("kl/ref_" + kl.form().name().toLowerCase(Locale.ROOT), estimate, mask);
      Optional<NDArray> factors = batch.find(Column.KL_WEIGHTS); // [B, R]
      NDArray weighted = factors.isPresent() ? estimate.mul(factors.get()) : estimate; // [B, R]
      losses = losses.add(mul(weighted, klCoef)); // [B, R]
    }
    return new TokenLosses(losses, metrics);
  }

  private NDArray weights(PolicyOutputs outputs, TokenBatch batch, Metrics metrics) {
    NDArray weights = batch.mask(); // [B, R]
    Optional<NDArray> given = batch.find(Column.WEIGHTS); // [B, R]
    if (given.isPresent() && !loss.appliesWeights()) {
      weights = weights.mul(given.get()); // [B, R]
    }
    if (correction.isPresent()) {
      OffPolicyWeights corrected =
          correction.get().evaluate(outputs.logprobs().stopGradient(), batch);
      metrics.merge(corrected.metrics());
      weights = weights.mul(corrected.weights()); // [B, R]
    }
    if (entropyQuantile < 1) {
      weights = weights.mul(highEntropy(outputs.entropy().stopGradient(), batch.mask())); // [B, R]
    }
    return weights;
  }

  /** 1 on tokens whose entropy is at or above the (1 - entropyQuantile) quantile. */
  private NDArray highEntropy(NDArray entropy, NDArray mask) {
    double[] sorted = Masked.numbers(entropy, mask);
    double position = (1 - entropyQuantile) * (sorted.length - 1);
    int below = (int) position;
    int above = Math.min(below + 1, sorted.length - 1);
    double threshold =
        sorted.length == 0
            ? 0
            : sorted[below] + (position - below) * (sorted[above] - sorted[below]);
    return Masked.indicator(entropy.gte(threshold), mask); // [B, R]
  }

  private static void measureMismatch(TokenBatch batch, Metrics metrics) {
    Optional<NDArray> old = batch.find(Column.OLD_LOGPROBS); // [B, R]
    if (old.isPresent()) {
      NDArray difference = batch.rolloutLogprobs().sub(old.get()); // [B, R]
      metrics.mean("mismatch/kl", difference, batch.mask());
      metrics.mean("mismatch/logprob_abs_diff_mean", difference.abs(), batch.mask());
      metrics.max(
          "mismatch/logprob_abs_diff_max",
          Masked.number(difference.abs().mul(batch.mask()).max())); // [B, R]
    }
  }
}
