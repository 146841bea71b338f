package dev.kelpie.experience;

/**
 * How tokens are drawn. Filters are applied in the order temperature, top-k, top-p, min-p.
 *
 * @param temperature logits are divided by it; 0 takes the most probable token (greedy)
 * @param topK keep the k most probable tokens and those tied with the k-th; 0 keeps all
 * @param topP keep the smallest set whose mass reaches p; 1 keeps all
 * @param minP keep tokens with at least p times the largest probability; 0 keeps all
 * @param maxNewTokens limit of a response's length in tokens, the stop token included
 * @param ignoreStop stop tokens are never drawn, so that every response runs to its limit
 */
public record Sampling(
    double temperature, int topK, double topP, double minP, int maxNewTokens, boolean ignoreStop) {
  public Sampling {
    Invariant.that(
        temperature >= 0 && temperature <= 100,
        "temperature: %s (expected: in [0, 100])",
        temperature);
    Invariant.that(topK >= 0, "top-k: %s (expected: >= 0, 0 keeps all)", topK);
    Invariant.that(topP > 0 && topP <= 1, "top-p: %s (expected: in (0, 1])", topP);
    Invariant.that(minP >= 0 && minP < 1, "min-p: %s (expected: in [0, 1))", minP);
    Invariant.that(maxNewTokens > 0, "max-new-tokens: %s (expected: >= 1)", maxNewTokens);
  }

  /** The most probable token at every position. */
  public boolean greedy() {
    return temperature == 0;
  }

  /** The same settings at another temperature. */
  public Sampling at(double other) {
    return new Sampling(other, topK, topP, minP, maxNewTokens, ignoreStop);
  }

  /** The same settings at temperature 0. */
  public Sampling asGreedy() {
    return new Sampling(0, 0, 1, 0, maxNewTokens, ignoreStop);
  }
}
