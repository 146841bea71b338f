package dev.kelpie.algorithms.advantage;

import dev.kelpie.algorithms.advantage.RewardBatch.Column;
import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * The baseline of least variance for each token position: {@code A_t = G_t - b_t}, {@code b_t =
 * sum(G_t W_t) / (sum(W_t) + epsilon)} over the group's responses that reach position t, with the
 * realised energy of the score {@code W_t = sum_{j <= t} (1 - 2 p_j + sum_v p_j(v)^2)}, times the
 * squared importance weights if there are any. A group of one has no baseline.
 *
 * <p>Greensmith, Bartlett and Baxter 2004, https://jmlr.org/papers/v5/greensmith04a.html, per token
 * as verl has it. In the multi-turn form positions count only the tokens that the policy produced.
 */
public record OptimalTokenBaseline(boolean multiTurn, Options options)
    implements AdvantageEstimator {
  public record Options(
      @Doc("added to the divisor") double epsilon,
      @Doc("the single longest response has no baseline past the length of the second" + " longest")
          boolean zeroTail) {
    public static final Options DEFAULTS = new Options(1e-8, false);

    public Options {
      Require.atLeast("epsilon", epsilon, 0.0);
    }
  }

  @Override
  public boolean needsSquares() {
    return true;
  }

  @Override
  public Credit estimate(RewardBatch batch) {
    double[][] returns = ReturnToGo.of(batch, 1, ReinforcePlusPlus.MaskedTokens.CARRY);
    double[][] energies = energies(batch);
    double[][] advantages = new double[batch.rows()][];
    for (int b = 0; b < advantages.length; b++) {
      advantages[b] = returns[b].clone();
    }
    for (int[] members : batch.groups()) {
      if (members.length > 1) {
        subtract(members, batch.mask(), returns, energies, advantages);
      }
    }
    return Credit.of(advantages, returns, batch);
  }

  private static double[][] energies(RewardBatch batch) {
    double[][] energies = new double[batch.rows()][];
    for (int b = 0; b < energies.length; b++) {
      energies[b] = new double[batch.width(b)];
      double sum = 0;
      for (int t = 0; t < energies[b].length; t++) {
        double p = Math.exp(batch.get(Column.OLD_LOGPROBS)[b][t]);
        double weight = batch.has(Column.WEIGHTS) ? batch.get(Column.WEIGHTS)[b][t] : 1;
        double energy = 1 - 2 * p + batch.get(Column.SUM_SQUARED_PROBS)[b][t];
        sum += batch.mask()[b][t] * energy * weight * weight;
        energies[b][t] = sum;
      }
    }
    return energies;
  }

  private void subtract(
      int[] members,
      double[][] mask,
      double[][] returns,
      double[][] energies,
      double[][] advantages) {
    int width = IntStream.of(members).map(row -> mask[row].length).max().orElseThrow();
    int[][] places =
        IntStream.of(members).mapToObj(row -> places(mask[row], width)).toArray(int[][]::new);
    int[] ends = ends(places);
    for (int position = 0; position < width; position++) {
      double weighted = 0;
      double weights = options.epsilon;
      for (int i = 0; i < members.length; i++) {
        int t = places[i][position];
        if (t >= 0) {
          weighted += returns[members[i]][t] * energies[members[i]][t];
          weights += energies[members[i]][t];
        }
      }
      for (int i = 0; i < members.length; i++) {
        int t = places[i][position];
        if (t >= 0 && position < ends[i]) {
          advantages[members[i]][t] -= weighted / weights;
        }
      }
    }
  }

  /** The position from which on each response has no baseline. */
  private int[] ends(int[][] places) {
    int[] ends = new int[places.length];
    Arrays.fill(ends, Integer.MAX_VALUE);
    if (options.zeroTail) {
      int[] lengths =
          Arrays.stream(places)
              .mapToInt(row -> (int) Arrays.stream(row).filter(t -> t >= 0).count())
              .toArray();
      int[] sorted = lengths.clone();
      Arrays.sort(sorted);
      int second = sorted[sorted.length - 2];
      for (int i = 0; i < ends.length; i++) {
        ends[i] = lengths[i] > second ? second : ends[i];
      }
    }
    return ends;
  }

  /** The column of the token at each of {@code width} positions; -1 where there is none. */
  private int[] places(double[] mask, int width) {
    int[] places = new int[width];
    Arrays.fill(places, -1);
    int count = 0;
    for (int t = 0; t < mask.length; t++) {
      if (mask[t] != 0) {
        places[multiTurn ? count++ : t] = t;
      }
    }
    return places;
  }
}
