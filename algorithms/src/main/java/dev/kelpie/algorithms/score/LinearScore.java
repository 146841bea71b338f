package dev.kelpie.algorithms.score;

import java.util.ArrayList;
import java.util.List;

/**
 * A score that is linear in a few features of a response, learned from pairs by Bradley-Terry: the
 * weights w that minimise {@code mean(-log sigmoid(w . d)) + ridge / 2 sum (w_k s_k)^2}, where d
 * are the features of the chosen response minus those of the rejected one, and s_k is the root mean
 * square of d_k, so that the units of features do not matter. Found by Newton's method.
 *
 * @param weights one for each feature; 0 for a feature that never differs
 */
public record LinearScore(List<Double> weights) {
  private static final int MOST_STEPS = 100;
  private static final double PRECISION = 1e-10; // of the gradient

  public LinearScore {
    weights = List.copyOf(weights);
  }

  /**
   * The score that fits {@code differences} best.
   *
   * @param differences chosen minus rejected features of each pair, at least one pair
   * @param ridge above 0, so that separable pairs have a solution
   */
  public static LinearScore fit(List<double[]> differences, double ridge) {
    int features = differences.get(0).length;
    double[] scale = new double[features];
    for (double[] d : differences) {
      for (int k = 0; k < features; k++) {
        scale[k] += d[k] * d[k] / differences.size();
      }
    }
    for (int k = 0; k < features; k++) {
      scale[k] = scale[k] == 0 ? 1 : Math.sqrt(scale[k]);
    }
    List<double[]> scaled = new ArrayList<>();
    for (double[] d : differences) {
      double[] own = new double[features];
      for (int k = 0; k < features; k++) {
        own[k] = d[k] / scale[k];
      }
      scaled.add(own);
    }
    double[] best = minimise(scaled, ridge, new double[features]);
    List<Double> weights = new ArrayList<>();
    for (int k = 0; k < features; k++) {
      weights.add(best[k] / scale[k]);
    }
    return new LinearScore(weights);
  }

  /** The score of a response. */
  public double of(double[] features) {
    double sum = 0;
    for (int k = 0; k < features.length; k++) {
      sum += weights.get(k) * features[k];
    }
    return sum;
  }

  private static double[] minimise(List<double[]> differences, double ridge, double[] start) {
    double[] at = start;
    for (int step = 0; step < MOST_STEPS; step++) {
      double[] gradient = new double[at.length];
      double[][] curvature = new double[at.length][at.length];
      for (int k = 0; k < at.length; k++) {
        gradient[k] = ridge * at[k];
        curvature[k][k] = ridge;
      }
      for (double[] d : differences) {
        double wrong = 1 / (1 + Math.exp(dot(at, d))); // sigmoid(-w . d)
        for (int k = 0; k < at.length; k++) {
          gradient[k] -= wrong * d[k] / differences.size();
          for (int j = 0; j < at.length; j++) {
            curvature[k][j] += wrong * (1 - wrong) * d[k] * d[j] / differences.size();
          }
        }
      }
      if (Math.sqrt(dot(gradient, gradient)) < PRECISION) {
        break;
      }
      at = lower(differences, ridge, at, solve(curvature, gradient));
    }
    return at;
  }

  /** A step against {@code direction}, halved until the objective does not rise. */
  private static double[] lower(
      List<double[]> differences, double ridge, double[] at, double[] direction) {
    double before = objective(differences, ridge, at);
    double size = 1;
    double[] next = at;
    do {
      next = new double[at.length];
      for (int k = 0; k < at.length; k++) {
        next[k] = at[k] - size * direction[k];
      }
      size /= 2;
    } while (objective(differences, ridge, next) > before && size > PRECISION);
    return next;
  }

  private static double objective(List<double[]> differences, double ridge, double[] at) {
    double sum = 0;
    for (double[] d : differences) {
      double x = dot(at, d);
      sum += Math.max(-x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
    }
    return sum / differences.size() + ridge / 2 * dot(at, at);
  }

  /** Solves a positive definite system by elimination; both arguments are used up. */
  private static double[] solve(double[][] matrix, double[] right) {
    int size = right.length;
    for (int k = 0; k < size; k++) {
      for (int row = k + 1; row < size; row++) {
        double factor = matrix[row][k] / matrix[k][k];
        for (int j = k; j < size; j++) {
          matrix[row][j] -= factor * matrix[k][j];
        }
        right[row] -= factor * right[k];
      }
    }
    for (int k = size - 1; k >= 0; k--) {
      for (int j = k + 1; j < size; j++) {
        right[k] -= matrix[k][j] * right[j];
      }
      right[k] /= matrix[k][k];
    }
    return right;
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int k = 0; k < a.length; k++) {
      sum += a[k] * b[k];
    }
    return sum;
  }
}
