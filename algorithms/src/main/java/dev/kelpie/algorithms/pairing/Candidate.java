package dev.kelpie.algorithms.pairing;

import dev.kelpie.config.NearestName;
import java.util.Map;

/**
 * A response as selection and pairing see it.
 *
 * @param row index of the response within the step
 * @param score its reward; finite
 * @param truncated whether it reached the length limit
 * @param origin name of the member that wrote it; {@link #POLICY} for the policy's own samples
 * @param parts the named rewards that the score is made of
 * @param logprobs its log-probabilities, summed, by the name of the model
 * @param sample its number within the group
 */
public record Candidate(
    int row,
    double score,
    boolean truncated,
    String origin,
    Map<String, Float> parts,
    Map<String, Double> logprobs,
    int sample) {
  /** Origin of what the policy samples for training. */
  public static final String POLICY = "policy";

  public Candidate {
    parts = Map.copyOf(parts);
    logprobs = Map.copyOf(logprobs);
  }

  /** A response that no model has scored. */
  public Candidate(
      int row, double score, boolean truncated, String origin, Map<String, Float> parts) {
    this(row, score, truncated, origin, parts, Map.of());
  }

  /** A response whose number within the group is its row. */
  public Candidate(
      int row,
      double score,
      boolean truncated,
      String origin,
      Map<String, Float> parts,
      Map<String, Double> logprobs) {
    this(row, score, truncated, origin, parts, logprobs, row);
  }

  /** The named reward that is a part of its score. */
  public float part(String name) {
    Float part = parts.get(name);
    if (part == null) {
      throw new IllegalArgumentException(
          "reward of a response: "
              + name
              + " (expected: "
              + NearestName.expectation(name, parts.keySet())
              + ")");
    }
    return part;
  }

  /** Its summed log-probability under the model {@code name}. */
  public double logprob(String name) {
    Double logprob = logprobs.get(name);
    if (logprob == null) {
      throw new IllegalArgumentException(
          "log-probability of a label: "
              + name
              + " (expected: "
              + NearestName.expectation(name, logprobs.keySet())
              + ")");
    }
    return logprob;
  }

  /** A response of the policy that is known by its score alone. */
  public static Candidate of(int row, double score) {
    return new Candidate(row, score, false, POLICY, Map.of());
  }

  /** The same in another row of the step. */
  public Candidate at(int other) {
    return new Candidate(other, score, truncated, origin, parts, logprobs, sample);
  }

  /** The same with another score. */
  Candidate withScore(double other) {
    return new Candidate(row, other, truncated, origin, parts, logprobs, sample);
  }
}
