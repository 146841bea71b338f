package dev.kelpie.algorithms.preference.response;

import static dev.kelpie.tensors.Scalars.mul;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import dev.kelpie.algorithms.loss.LossUnit;
import dev.kelpie.algorithms.preference.LogSigmoid;
import dev.kelpie.algorithms.preference.ResponseBatch;
import dev.kelpie.algorithms.preference.ResponseLoss;
import dev.kelpie.algorithms.preference.ResponseValues;
import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;
import java.util.List;

/**
 * A ranked list as preferences of each item over all others: {@code -sum_i w_i log sigmoid(z_i)}
 * with {@code z_i = -log sum_(j != i) exp(beta (x_j - x_i))}, x the summed log-ratio, and {@code
 * w_i = (2^relevance - 1) / log2(1 + position)}. Two items of which the first is relevant are DPO.
 *
 * <p>In-context ranking: Wu et al. 2025, https://arxiv.org/abs/2504.15477. The aggregation over the
 * others is that of S-DPO, https://arxiv.org/abs/2406.09215; that the paper's is the same, and its
 * weights, are not confirmed. A group is a list in the order that was shown, the target of a label
 * the item's relevance. The mean over rows is the mean over lists of their loss.
 */
public record RankedListLoss(Options options) implements ResponseLoss {
  public record Options(@Doc("strength of the pull to the reference") double beta) {
    public static final Options DEFAULTS = new Options(0.1);

    public Options {
      Require.positive("beta", beta);
    }
  }

  @Override
  public LossUnit unit() {
    return LossUnit.GROUP;
  }

  @Override
  public boolean needsTarget() {
    return true;
  }

  @Override
  public ResponseValues evaluate(ResponseBatch batch) {
    NDArray x = batch.logRatio(); // [N, 1]
    NDArray others = GroupRows.map(mul(x, options.beta), batch, RankedListLoss::surprise); // [N, 1]
    NDArray losses = others.mul(gains(batch)); // [N, 1]
    return ResponseValues.of(losses.mul(batch.labels().weight()), options.beta, x);
  }

  /** -K log sigmoid(z) of each item; 0 for an item alone. */
  private static NDArray surprise(NDArray rewards) {
    int k = (int) rewards.getShape().get(0);
    if (k == 1) {
      return mul(rewards, 0);
    }
    NDArray ahead = rewards.transpose().sub(rewards); // [K, K], [i, j] = x_j - x_i
    NDArray self = mul(ahead.getManager().eye(k).toType(ahead.getDataType(), false), -1e30);
    NDArray z = GroupRows.logSumExp(ahead.add(self), 1).neg(); // [K, 1]
    return mul(LogSigmoid.of(z), -k); // [K, 1]
  }

  private static NDArray gains(ResponseBatch batch) {
    NDArray target = batch.labels().target(); // [N, 1]
    double[] relevance = target.toType(DataType.FLOAT64, false).toDoubleArray();
    List<Integer> groups = batch.labels().groups();
    double[] gains = new double[relevance.length];
    int position = 0;
    for (int row = 0; row < gains.length; row++) {
      position = row > 0 && groups.get(row).equals(groups.get(row - 1)) ? position + 1 : 1;
      double discount = Math.log(1 + position) / Math.log(2);
      gains[row] = (Math.pow(2, relevance[row]) - 1) / discount;
    }
    return target
        .getManager()
        .create(gains)
        .reshape(target.getShape())
        .toType(target.getDataType(), false); // [N, 1]
  }
}
