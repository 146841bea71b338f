package dev.kelpie.algorithms;

import dev.kelpie.config.Require;
import java.util.Map;
import java.util.TreeMap;

/**
 * Divisors of the losses of one optimiser step, counted over the whole step, so that splitting the
 * step into microbatches cannot change a result: their losses simply add up.
 */
public final class Denominators {
  private final double tokens;
  private final double sequences;
  private final double filledSequences;
  private final Map<Integer, Double> groupTokens;

  private Denominators(
      double tokens, double sequences, double filledSequences, Map<Integer, Double> groupTokens) {
    this.tokens = tokens;
    this.sequences = sequences;
    this.filledSequences = filledSequences;
    this.groupTokens = groupTokens;
  }

  /**
   * Counts the responses of a step.
   *
   * @param rowTokens number of tokens with mask 1 of each response
   * @param groups group index of each response, in any order
   */
  public static Denominators count(double[] rowTokens, int[] groups) {
    Require.that(
        rowTokens.length == groups.length,
        "group indices: %s (expected: one for each of %s responses)",
        groups.length,
        rowTokens.length);
    double tokens = 0;
    double filled = 0;
    Map<Integer, Double> groupTokens = new TreeMap<>();
    for (int b = 0; b < rowTokens.length; b++) {
      tokens += rowTokens[b];
      filled += rowTokens[b] > 0 ? 1 : 0;
      groupTokens.merge(groups[b], rowTokens[b], Double::sum);
    }
    return new Denominators(tokens, rowTokens.length, filled, groupTokens);
  }

  /** The same with another number of tokens, for instance one that filtering must not lower. */
  public Denominators withTokens(double tokens) {
    return new Denominators(tokens, sequences, filledSequences, groupTokens);
  }

  /** The same with another number of responses, empty or not. */
  public Denominators withSequences(double sequences) {
    return new Denominators(tokens, sequences, sequences, groupTokens);
  }

  /** Number of tokens; at least 1. */
  public double tokens() {
    return Math.max(1, tokens);
  }

  /** Number of responses, those without a token included if {@code countEmpty}; at least 1. */
  public double sequences(boolean countEmpty) {
    return Math.max(1, countEmpty ? sequences : filledSequences);
  }

  /** Number of groups that have a token; at least 1. */
  public double groups() {
    return Math.max(1, groupTokens.values().stream().filter(count -> count > 0).count());
  }

  /** Number of tokens of a group; at least 1. */
  public double groupTokens(int group) {
    double count = groupTokens.getOrDefault(group, -1.0);
    Require.that(count >= 0, "group %s is not part of the counted step", group);
    return Math.max(1, count);
  }
}
