package dev.kelpie.algorithms.loss;

import dev.kelpie.algorithms.Metrics;

/** Maximum likelihood: {@code -log pi}. No rewards, no ratio. */
public final class SftLoss implements PolicyLoss {
  /** It has none. */
  public record Options() {
    public static final Options DEFAULTS = new Options();
  }

  public SftLoss(Options options) {}

  @Override
  public TokenLosses evaluate(Leaves leaves, TokenBatch batch) {
    return new TokenLosses(leaves.logprobs().neg(), new Metrics()); // [B, R]
  }
}
