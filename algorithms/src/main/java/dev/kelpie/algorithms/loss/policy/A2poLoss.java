package dev.kelpie.algorithms.loss.policy;

import static dev.kelpie.tensors.Scalars.mul;

import ai.djl.ndarray.NDArray;
import dev.kelpie.algorithms.Aggregation;
import dev.kelpie.algorithms.Masked;
import dev.kelpie.algorithms.Metrics;
import dev.kelpie.algorithms.PolicyOutputs;
import dev.kelpie.algorithms.TokenBatch;
import dev.kelpie.algorithms.loss.LossUnit;
import dev.kelpie.algorithms.loss.Ratios;
import dev.kelpie.algorithms.loss.TokenLosses;
import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;
import java.util.Optional;

/**
 * A*-PO: least squares of the policy's log-ratio to the reference on the optimal advantage, {@code
 * (beta (policy - reference) - (score - optimal value))^2} with log-probabilities summed over the
 * response; the mean over all responses.
 *
 * <p>Brantley et al. 2025, https://arxiv.org/abs/2505.20686. The optimal value of a prompt,
 * estimated from samples of the reference, is the batch's optimal value of the row: {@link
 * OptimalValues}.
 */
public record A2poLoss(Options options) implements PolicyLoss {
  public record Options(
      @Doc("strength of the pull to the reference") double beta,
      @Doc("strength of that pull in the optimal value of a prompt") double valueBeta,
      @Doc("column with the optimal value of each prompt; empty: that of the step's responses")
          String valueColumn) {
    public static final Options DEFAULTS = new Options(0.1, 0.5, "");

    public Options {
      Require.positive("beta", beta);
      Require.positive("value-beta", valueBeta);
    }
  }

  @Override
  public Optional<OptimalValues> optimalValues() {
    return Optional.of(new OptimalValues(options.valueBeta, options.valueColumn));
  }

  @Override
  public boolean needsAdvantages() {
    return false;
  }

  @Override
  public Optional<Aggregation> aggregation() {
    return Optional.of(Aggregation.of("seq-mean-token-mean", 0).countingEmpty(true));
  }

  @Override
  public boolean needsReference() {
    return true;
  }

  @Override
  public LossUnit unit() {
    return LossUnit.RESPONSE;
  }

  @Override
  public TokenLosses evaluate(PolicyOutputs outputs, TokenBatch batch) {
    NDArray mask = batch.mask(); // [B, R]
    NDArray logRatio = Ratios.log(outputs.logprobs(), batch.referenceLogprobs(), mask, 0); // [B, R]
    NDArray advantage = batch.scores().sub(batch.optimalValues()); // [B, 1]
    NDArray rows =
        mul(Masked.rowSum(logRatio, mask), options.beta).sub(advantage).square(); // [B, 1]
    return new TokenLosses(logRatio.zerosLike().add(rows), new Metrics()); // [B, R]
  }
}
