package dev.kelpie.experience;

import java.util.Map;

/**
 * Score that a reward gives to one response.
 *
 * @param value the scalar the learner sees; finite
 * @param parts the named components that {@code value} is made of, unweighted
 */
public record Score(float value, Map<String, Float> parts) {
  public Score {
    Invariant.that(Float.isFinite(value), "reward: %s (expected: a finite number)", value);
    parts = Map.copyOf(parts);
  }
}
