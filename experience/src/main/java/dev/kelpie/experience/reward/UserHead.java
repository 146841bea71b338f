package dev.kelpie.experience.reward;

import dev.kelpie.experience.Invariant;
import dev.kelpie.experience.PerToken;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A head by which the score of a response depends on the user who reads it: each response to a
 * prompt has a vector v, each user a point, and the score is what {@link Kind} makes of both.
 *
 * @param kind how the score is made
 * @param outputs length of v
 * @param column the column of pairs that named the user
 * @param points the point of each user that the model was trained with, by name
 */
public record UserHead(Kind kind, int outputs, String column, SortedMap<String, PerToken> points) {
  /** The score of a vector v for a point a. */
  public enum Kind {
    /**
     * {@code -|v - a|^2}: the point is the user's ideal, as long as v. Pluralistic alignment, PAL,
     * https://arxiv.org/abs/2406.08469.
     */
    PAL,
    /**
     * {@code v_0 + a . (v_1 ... v_Z)}: the point is the mean of the user's latent variable, of
     * which the last numbers of v are the weights. Variational preference learning, VPL,
     * https://arxiv.org/abs/2408.10075.
     */
    VPL;

    /** The name in files. */
    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }

    /** Length of a point. */
    public int length(int outputs) {
      return this == PAL ? outputs : outputs - 1;
    }

    /** The score of {@code vector} for {@code point}. */
    public double score(float[] vector, PerToken point) {
      double sum = this == PAL ? 0 : vector[0];
      for (int i = 0; i < point.length(); i++) {
        if (this == PAL) {
          double distance = (double) vector[i] - point.get(i);
          sum -= distance * distance;
        } else {
          sum += (double) point.get(i) * vector[i + 1];
        }
      }
      return sum;
    }
  }

  public UserHead {
    Invariant.that(outputs >= 2, "outputs: %s (expected: at least 2)", outputs);
    Invariant.that(!points.isEmpty(), "points: none (expected: at least one user)");
    for (PerToken point : points.values()) {
      Invariant.that(
          point.length() == kind.length(outputs),
          "point: %s numbers (expected: %s)",
          point.length(),
          kind.length(outputs));
    }
    points = new TreeMap<>(points);
  }

  /**
   * The score of a response for {@code user}.
   *
   * @param vector of the response, of length {@link #outputs}
   * @throws IllegalArgumentException if the user is unknown
   */
  public double score(float[] vector, String user) {
    PerToken point = points.get(user);
    if (point == null) {
      throw new IllegalArgumentException(
          "user: " + user + " (expected: one of the " + points.size() + " users of the head)");
    }
    return kind.score(vector, point);
  }
}
