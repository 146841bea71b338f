package dev.kelpie.actors.simulation;

import java.util.List;

/**
 * Fits {@code y = sum of c_k x_k} with coefficients of 0 or more: times are sums of costs, and no
 * cost is negative. The residuals are relative to {@code y}, so that short and long times weigh the
 * same. Exact for the few features there are: every subset of them is tried.
 */
final class LeastSquares {
  private static final double SMALLEST_PIVOT = 1e-9;

  private LeastSquares() {}

  /** One observation: the features and the value, which is positive. */
  record Point(double[] features, double value) {}

  /** The coefficients with the least relative residuals; zeros where there is no point. */
  static double[] fit(List<Point> points, int features) {
    double[] best = new double[features];
    double least = Double.POSITIVE_INFINITY;
    for (int subset = 1; subset < 1 << features && !points.isEmpty(); subset++) {
      double[] found = solve(points, features, subset);
      double residual = found.length == 0 ? Double.POSITIVE_INFINITY : residual(points, found);
      // A feature that explains nothing more is left out.
      if (residual < least * (1 - 1e-6)) {
        least = residual;
        best = found;
      }
    }
    return best;
  }

  /** Mean of the squares of the relative residuals. */
  static double residual(List<Point> points, double[] coefficients) {
    double sum = 0;
    for (Point point : points) {
      double error = value(point.features(), coefficients) / point.value() - 1;
      sum += error * error;
    }
    return sum / points.size();
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
  private static double[] solve(List<Point> points, int features, int subset) {
    int size = Integer.bitCount(subset);
    int[] own = new int[size];
    for (int k = 0, at = 0; k < features; k++) {
      if ((subset >> k & 1) == 1) {
        own[at++] = k;
      }
    }
    double[][] system = new double[size][size + 1];
    for (Point point : points) {
      for (int i = 0; i < size; i++) {
        double left = point.features()[own[i]] / point.value();
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
