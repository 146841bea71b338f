package dev.kelpie.algorithms.pairing;

import java.util.Map;

/**
 * A response as selection and pairing see it.
 *
 * @param row index of the response within the step
 * @param score its reward; finite
 * @param truncated whether it reached the length limit
 * @param origin name of the member that wrote it; {@link #POLICY} for the policy's own samples
 * @param parts the named rewards that the score is made of
 */
public record Candidate(
    int row, double score, boolean truncated, String origin, Map<String, Float> parts) {
  /** Origin of what the policy samples for training. */
  public static final String POLICY = "policy";

  public Candidate {
    parts = Map.copyOf(parts);
  }

  /** A response of the policy that is known by its score alone. */
  public static Candidate of(int row, double score) {
    return new Candidate(row, score, false, POLICY, Map.of());
  }

  /** The same with another score. */
  Candidate withScore(double other) {
    return new Candidate(row, other, truncated, origin, parts);
  }
}
