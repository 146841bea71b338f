package dev.kelpie.algorithms.conformance;

/**
 * Count, mean and sum of squared deviations of all numbers so far. Immutable.
 *
 * <p>Chan, Golub and LeVeque 1979, the pairwise update.
 */
record RunningMoments(double count, double mean, double squares) {
  /** The moments of no numbers. */
  public static final RunningMoments NONE = new RunningMoments(0, 0, 0);

  /** These moments and those of {@code batch} together. */
  public RunningMoments with(double[] batch) {
    RunningMoments merged = this;
    for (double x : batch) {
      double count = merged.count + 1;
      double delta = x - merged.mean;
      double mean = merged.mean + delta / count;
      merged = new RunningMoments(count, mean, merged.squares + delta * (x - mean));
    }
    return merged;
  }

  /** The unbiased standard deviation; 0 of less than two numbers. */
  public double std() {
    return count > 1 ? Math.sqrt(squares / (count - 1)) : 0;
  }
}
