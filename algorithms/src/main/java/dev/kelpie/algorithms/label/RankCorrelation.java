package dev.kelpie.algorithms.label;

/** Rank correlations of two lists of scores of the same items, in [-1, 1]. */
final class RankCorrelation {
  private RankCorrelation() {}

  /**
   * Kendall's tau-b: concordant minus discordant pairs of items, over the geometric mean of the
   * pairs that each list orders; 1 for equal rankings, ties included, and 0 where one list has
   * equal scores only.
   */
  static double kendall(double[] first, double[] second) {
    double sum = 0;
    double x = 0;
    double y = 0;
    for (int i = 0; i < first.length; i++) {
      for (int j = 0; j < i; j++) {
        double a = Math.signum(first[i] - first[j]);
        double b = Math.signum(second[i] - second[j]);
        sum += a * b;
        x += a * a;
        y += b * b;
      }
    }
    return x == 0 || y == 0 ? 0 : sum / Math.sqrt(x * y);
  }

  /** Spearman's rho: Pearson correlation of the ranks; 0 where one list has equal scores only. */
  static double spearman(double[] first, double[] second) {
    double[] x = ranks(first);
    double[] y = ranks(second);
    double mean = (first.length + 1) / 2.0;
    double xy = 0;
    double xx = 0;
    double yy = 0;
    for (int i = 0; i < x.length; i++) {
      xy += (x[i] - mean) * (y[i] - mean);
      xx += (x[i] - mean) * (x[i] - mean);
      yy += (y[i] - mean) * (y[i] - mean);
    }
    return xx == 0 || yy == 0 ? 0 : xy / Math.sqrt(xx * yy);
  }

  /** Ranks from 1, the lowest score first; equal scores share the mean of their ranks. */
  private static double[] ranks(double[] scores) {
    double[] ranks = new double[scores.length];
    for (int i = 0; i < scores.length; i++) {
      int below = 0;
      int equal = 0;
      for (double other : scores) {
        below += other < scores[i] ? 1 : 0;
        equal += other == scores[i] ? 1 : 0;
      }
      ranks[i] = below + (equal + 1) / 2.0;
    }
    return ranks;
  }
}
