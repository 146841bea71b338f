package dev.kelpie.algorithms.score;

/**
 * The weights on the simplex that give a combination of gradients the least norm: {@code min |sum_i
 * w_i g_i|^2, w_i >= 0, sum_i w_i = 1}. The combination lowers every objective, or none can be
 * lowered without raising another: its product with each gradient is at least its squared norm.
 *
 * <p>MGDA, Désidéri 2012, by the Frank-Wolfe method of Sener and Koltun 2018,
 * https://arxiv.org/abs/1810.04650, algorithm 2, with away steps, so that it ends at a face of the
 * simplex too.
 */
public final class MinNorm {
  private static final int MOST_STEPS = 10_000;
  private static final double PRECISION = 1e-12; // of the duality gap, relative to the products

  private MinNorm() {}

  /**
   * The weights.
   *
   * @param products of the gradients, {@code g_i . g_j}; symmetric, finite
   */
  public static double[] weights(double[][] products) {
    int count = products.length;
    double[] weights = new double[count];
    int start = 0;
    double largest = 0;
    for (int i = 0; i < count; i++) {
      start = products[i][i] < products[start][start] ? i : start;
      largest = Math.max(largest, products[i][i]);
    }
    weights[start] = 1;
    for (int step = 0; step < MOST_STEPS; step++) {
      double[] slope = of(products, weights);
      int towards = 0;
      int away = start;
      for (int i = 0; i < count; i++) {
        towards = slope[i] < slope[towards] ? i : towards;
        away = weights[i] > 0 && (weights[away] == 0 || slope[i] > slope[away]) ? i : away;
      }
      double norm = dot(weights, slope);
      if (norm - slope[towards] <= PRECISION * largest) {
        break;
      }
      boolean toCorner = norm - slope[towards] >= slope[away] - norm;
      double[] direction = new double[count];
      for (int i = 0; i < count; i++) {
        direction[i] = toCorner ? -weights[i] : weights[i];
      }
      direction[toCorner ? towards : away] += toCorner ? 1 : -1;
      double most = toCorner ? 1 : weights[away] / (1 - weights[away]);
      double curvature = dot(direction, of(products, direction));
      double size = curvature <= 0 ? most : Math.min(most, -dot(direction, slope) / curvature);
      for (int i = 0; i < count; i++) {
        weights[i] = Math.max(0, weights[i] + size * direction[i]);
      }
      if (!toCorner && size == most) {
        weights[away] = 0;
      }
    }
    double sum = 0;
    for (double weight : weights) {
      sum += weight;
    }
    for (int i = 0; i < count; i++) {
      weights[i] /= sum;
    }
    return weights;
  }

  /** {@code sum_j products_ij weights_j} of each i: the products of the combination. */
  public static double[] of(double[][] products, double[] weights) {
    double[] sums = new double[weights.length];
    for (int i = 0; i < sums.length; i++) {
      sums[i] = dot(products[i], weights);
    }
    return sums;
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }
}
