package dev.kelpie.algorithms.loss.policy;

import static dev.kelpie.tensors.Scalars.mul;

import dev.kelpie.algorithms.Metrics;
import dev.kelpie.algorithms.PolicyOutputs;
import dev.kelpie.algorithms.TokenBatch;
import dev.kelpie.algorithms.loss.TokenLosses;

/** Nothing of its own: the loss of {@link PolicyObjective} is then its KL and entropy terms. */
public final class KlOnlyLoss implements PolicyLoss {
  @Override
  public TokenLosses evaluate(PolicyOutputs outputs, TokenBatch batch) {
    return new TokenLosses(mul(outputs.logprobs(), 0), new Metrics()); // [B, R]
  }

  @Override
  public boolean needsAdvantages() {
    return false;
  }
}
