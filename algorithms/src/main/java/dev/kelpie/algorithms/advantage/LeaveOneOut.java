package dev.kelpie.algorithms.advantage;

/**
 * RLOO's advantage: a response's score minus the mean score of the other responses to its prompt,
 * {@code A_i = s_i - sum_{j != i} s_j / (n - 1)}.
 *
 * <p>Ahmadian et al. 2024, https://arxiv.org/abs/2402.14740.
 */
public final class LeaveOneOut implements AdvantageEstimator {
  /**
   * Its options.
   *
   * @param singleton what a group of one gets
   */
  public record Options(Singleton singleton) {
    public static final Options DEFAULTS = new Options(Singleton.ZERO);
  }

  private final Options options;

  public LeaveOneOut(Options options) {
    this.options = options;
  }

  @Override
  public Credit estimate(RewardBatch batch) {
    double[] scores = batch.scores();
    double[] advantages = new double[scores.length];
    for (int[] members : batch.groups()) {
      double sum = 0;
      for (int row : members) {
        sum += scores[row];
      }
      for (int row : members) {
        advantages[row] =
            members.length > 1
                ? scores[row] - (sum - scores[row]) / (members.length - 1)
                : options.singleton == Singleton.RAW ? scores[row] : 0;
      }
    }
    return Credit.ofRows(advantages, batch);
  }
}
