package dev.kelpie.actors.simulation;

import java.util.List;

/**
 * Fits {@code y = sum of c_k x_k} with coefficients of 0 or more: times are sums of costs, and no
 * cost is negative. What is least is the mean of the relative residuals {@code |sum / y - 1|}, so
 * that short and long times weigh the same and a few steps that something else has slowed down do
 * not count. For the few features that there are, every subset is tried; each is solved by
 * reweighted least squares.
 */
final class CostFit {
  private static final double SMALLEST_PIVOT = 1e-9;
  private static final double SMALLEST_RESIDUAL = 0.01;
  private static final int ROUNDS = 20;

  private CostFit() {}

  /** One observation: the features and the value, which is positive. */
  @SuppressWarnings("ArrayRecordComponent") // nobody compares points
  record Point(double[] features, double value) {
    double residual(double[] coefficients) {
      return Math.abs(CostFit.value(features, coefficients) / value - 1);
    }
  }

  /** The coefficients with the least residuals; zeros where there is no point. */
  static double[] fit(List<Point> points, int features) {
    double[] best = new double[features];
    double least = Double.POSITIVE_INFINITY;
    for (int subset = 1; subset < 1 << features && !points.isEmpty(); subset++) {
      double[] found = new double[features];
      for (int round = 0; round < ROUNDS && found.length > 0; round++) {
        found = solve(points, features, subset, found, round > 0);
      }
      double residual = found.length == 0 ? Double.POSITIVE_INFINITY : residual(points, found);
      // A feature that explains hardly anything more is left out.
      if (residual < least * 0.999) {
        least = residual;
        best = found;
      }
    }
    return best;
  }

  private static double residual(List<Point> points, double[] coefficients) {
    return points.stream().mapToDouble(point -> point.residual(coefficients)).average().orElse(0);
  }

  /**
   * The standard deviation of the values relative to the fit, from the median of the residuals: a
   * normal distribution has 1.4826 times the median.
   */
  static double spread(List<Point> points, double[] coefficients) {
    double[] sorted =
        points.stream().mapToDouble(point -> point.residual(coefficients)).sorted().toArray();
    return sorted.length == 0 ? 0 : 1.4826 * sorted[sorted.length / 2];
  }

  /** The value of features. */
  static double value(double[] features, double[] coefficients) {
    double value = 0;
    for (int k = 0; k < coefficients.length; k++) {
      value += coefficients[k] * features[k];
    }
    return value;
  }

  /** The normal equations of a subset; empty where they have no solution of 0 or more. */
  private static double[] solve(
      List<Point> points, int features, int subset, double[] before, boolean weighted) {
    int size = Integer.bitCount(subset);
    int[] own = new int[size];
    for (int k = 0, at = 0; k < features; k++) {
      if ((subset >> k & 1) == 1) {
        own[at++] = k;
      }
    }
    double[][] system = new double[size][size + 1];
    for (Point point : points) {
      double weight = weighted ? 1 / Math.max(SMALLEST_RESIDUAL, point.residual(before)) : 1;
      for (int i = 0; i < size; i++) {
        double left = weight * point.features()[own[i]] / point.value();
        for (int j = 0; j < size; j++) {
          system[i][j] += left * point.features()[own[j]] / point.value();
        }
        system[i][size] += left;
      }
    }
    double[] solution = new double[features];
    if (!eliminate(system)) {
      return new double[0];
    }
    for (int i = 0; i < size; i++) {
      double value = system[i][size] / system[i][i];
      if (value < 0) {
        return new double[0];
      }
      solution[own[i]] = value;
    }
    return solution;
  }

  /** Gauss and Jordan; false where features depend on each other. */
  private static boolean eliminate(double[][] system) {
    int size = system.length;
    for (int column = 0; column < size; column++) {
      double scale = system[column][column];
      int pivot = column;
      for (int row = column + 1; row < size; row++) {
        if (Math.abs(system[row][column]) > Math.abs(system[pivot][column])) {
          pivot = row;
        }
      }
      double[] swapped = system[column];
      system[column] = system[pivot];
      system[pivot] = swapped;
      if (Math.abs(system[column][column]) <= SMALLEST_PIVOT * Math.abs(scale)
          || system[column][column] == 0) {
        return false;
      }
      for (int row = 0; row < size; row++) {
        double factor = row == column ? 0 : system[row][column] / system[column][column];
        for (int k = column; k <= size && factor != 0; k++) {
          system[row][k] -= factor * system[column][k];
        }
      }
    }
    return true;
  }
}
