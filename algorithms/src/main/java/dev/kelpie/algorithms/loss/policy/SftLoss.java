package dev.kelpie.algorithms.loss.policy;

import dev.kelpie.algorithms.Metrics;
import dev.kelpie.algorithms.PolicyOutputs;
import dev.kelpie.algorithms.TokenBatch;
import dev.kelpie.algorithms.loss.TokenLosses;

/** Maximum likelihood: {@code -log pi}. No rewards, no ratio. */
public final class SftLoss implements PolicyLoss {
  @Override
  public TokenLosses evaluate(PolicyOutputs outputs, TokenBatch batch) {
    return new TokenLosses(outputs.logprobs().neg(), new Metrics()); // [B, R]
  }

  @Override
  public boolean needsAdvantages() {
    return false;
  }
}
