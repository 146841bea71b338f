package dev.kelpie.algorithms.preference.response;

import static dev.kelpie.tensors.Scalars.mul;

import ai.djl.ndarray.NDArray;
import dev.kelpie.algorithms.Masked;
import dev.kelpie.algorithms.preference.ResponseBatch;
import dev.kelpie.algorithms.preference.ResponseLoss;
import dev.kelpie.algorithms.preference.ResponseValues;
import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;

/**
 * Nash-MD: policy gradient of the probability p that a response of the policy beats one of a
 * mixture of policy and reference, {@code beta sum(sg(log pi - log ref) log pi) - (p - 1/2) sum(log
 * pi)}. The target of the label is p.
 *
 * <p>Munos et al. 2023, https://arxiv.org/abs/2312.00886, with TRL's score-function form of the KL.
 */
public record NashMdLoss(Options options) implements ResponseLoss {
  public record Options(@Doc("factor of the KL to the reference") double beta) {
    public static final Options DEFAULTS = new Options(0.1);

    public Options {
      Require.positive("beta", beta);
    }
  }

  @Override
  public boolean needsTarget() {
    return true;
  }

  /** The reward term (p - 1/2) log pi of each response [N, 1]. */
  public NDArray score(ResponseBatch batch) {
    NDArray logprob = Masked.rowSum(batch.policy(), batch.mask()); // [N, 1]
    return logprob.mul(batch.labels().target().sub(0.5)); // [N, 1]
  }

  @Override
  public ResponseValues evaluate(ResponseBatch batch) {
    NDArray divergence =
        Masked.rowSum(batch.logRatios().stopGradient().mul(batch.policy()), batch.mask()); // [N, 1]
    NDArray losses = mul(divergence, options.beta).sub(score(batch)); // [N, 1]
    return ResponseValues.of(losses.mul(batch.labels().weight()), options.beta, batch.logRatio());
  }
}
