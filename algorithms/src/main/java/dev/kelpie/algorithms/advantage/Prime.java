package dev.kelpie.algorithms.advantage;

import dev.kelpie.algorithms.Whitening;
import dev.kelpie.algorithms.advantage.RewardBatch.Column;
import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;
import java.util.Arrays;

/**
 * PRIME's advantage, the sum of two leave-one-out terms: of the responses' rewards, as {@link
 * LeaveOneOut}, and of the process rewards of tokens, {@code A_t = sum_{s >= t} gamma^(s - t) (r_s
 * - b) + R - mean_{j != i} R_j}, where b is the mean over the other responses to the prompt of
 * their mean process reward per token. A group of one has advantage 0.
 *
 * <p>Cui et al. 2025, https://arxiv.org/abs/2502.01456, eq. 5. Differs from the authors' code: that
 * also moves each r_s by {@code (r_s - mean of its response) / (n - 1)}, which adds up to 0 over a
 * response, and whitens the sum.
 */
public record Prime(Options options) implements AdvantageEstimator {
  public record Options(
      @Doc("discount of process rewards per token") double gamma,
      @Doc("factor of the process rewards") double processCoef,
      @Doc("whether to whiten the advantages over the batch") boolean whiten) {
    public static final Options DEFAULTS = new Options(1, 1, false);

    public Options {
      Require.that(gamma >= 0 && gamma <= 1, "gamma: %s (expected: in [0, 1])", gamma);
      Require.atLeast("process-coef", processCoef, 0.0);
    }
  }

  @Override
  public boolean comparesWithinGroup() {
    return true;
  }

  @Override
  public boolean needsProcessRewards() {
    return true;
  }

  @Override
  public Credit estimate(RewardBatch batch) {
    double[] outcomes = new LeaveOneOut(LeaveOneOut.Options.DEFAULTS).advantages(batch);
    double[][] rewards = batch.get(Column.PROCESS_REWARDS);
    double[] means = new double[batch.rows()];
    Arrays.setAll(means, b -> mean(rewards[b], batch.mask()[b]));
    double[][] returns = new double[batch.rows()][];
    for (int[] members : batch.groups()) {
      double sum = Arrays.stream(members).mapToDouble(row -> means[row]).sum();
      for (int row : members) {
        returns[row] =
            members.length == 1
                ? new double[rewards[row].length]
                : returns(
                    rewards[row],
                    batch.mask()[row],
                    (sum - means[row]) / (members.length - 1),
                    outcomes[row]);
      }
    }
    double[][] advantages =
        options.whiten ? Whitening.ofAdvantages(true).apply(returns, batch.mask()) : returns;
    return Credit.of(advantages, returns, batch);
  }

  private double[] returns(double[] rewards, double[] mask, double baseline, double outcome) {
    double[] returns = new double[rewards.length];
    double sum = 0;
    for (int t = rewards.length - 1; t >= 0; t--) {
      if (mask[t] != 0) {
        sum = rewards[t] - baseline + options.gamma * sum;
      }
      returns[t] = options.processCoef * sum + outcome;
    }
    return returns;
  }

  private static double mean(double[] rewards, double[] mask) {
    double sum = 0;
    double count = 0;
    for (int t = 0; t < rewards.length; t++) {
      sum += mask[t] * rewards[t];
      count += mask[t];
    }
    return count == 0 ? 0 : sum / count;
  }
}
