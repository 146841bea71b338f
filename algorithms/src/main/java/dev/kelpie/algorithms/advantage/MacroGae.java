package dev.kelpie.algorithms.advantage;

import dev.kelpie.algorithms.Whitening;
import dev.kelpie.algorithms.advantage.RewardBatch.Column;
import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;
import java.util.ArrayList;
import java.util.List;

/**
 * Generalised advantage estimation over macro actions of n tokens: the value of a macro action is
 * the mean of its tokens' values, its reward the sum of theirs, and all its tokens get its
 * advantage and return. With n = 1 this is {@code gae} bit for bit; where a response is one macro
 * action, its advantage is its reward minus its mean value.
 *
 * <p>Chai et al. 2024 (MA-RLHF), https://arxiv.org/abs/2410.02743, with a fixed n. Its authors'
 * code differs: rewards are averaged too, which {@code reward = mean} does, and the last token is a
 * macro action of its own, which {@code last-alone} does. Tokens that the policy did not produce
 * are stepped over.
 */
public record MacroGae(Options options) implements AdvantageEstimator {
  /** How the rewards of the tokens become that of the macro action. */
  public enum Reduction {
    SUM,
    MEAN
  }

  public record Options(
      @Doc("tokens of a macro action; 1 is gae") int ngram,
      @Doc("discount per macro action") double gamma,
      @Doc("trace decay per macro action") double lambda,
      @Doc("reward of a macro action: sum or mean of its tokens' rewards") Reduction reward,
      @Doc("the last token of a response is a macro action of its own") boolean lastAlone,
      @Doc("whether to whiten the advantages over the batch") boolean whiten,
      @Doc("divides the squares by n - 1, else by n") boolean whitenUnbiased) {
    public static final Options DEFAULTS =
        new Options(5, 1, 0.95, Reduction.SUM, false, true, true);

    public Options {
      Require.atLeast("ngram", ngram, 1);
      Require.within("gamma", gamma, 0, 1);
      Require.within("lambda", lambda, 0, 1);
    }
  }

  @Override
  public boolean needsValues() {
    return true;
  }

  @Override
  public Credit estimate(RewardBatch batch) {
    double[][] advantages = new double[batch.rows()][];
    double[][] returns = new double[batch.rows()][];
    for (int b = 0; b < batch.rows(); b++) {
      advantages[b] = new double[batch.width(b)];
      returns[b] = new double[batch.width(b)];
      double nextValue = 0;
      double advantage = 0;
      List<int[]> macros = macros(batch.mask()[b]);
      for (int m = macros.size() - 1; m >= 0; m--) {
        int[] tokens = macros.get(m);
        double value = sum(batch.get(Column.VALUES)[b], tokens) / tokens.length;
        double rewards = sum(batch.tokenRewards()[b], tokens);
        double reward = options.reward == Reduction.SUM ? rewards : rewards / tokens.length;
        double delta = reward + options.gamma * nextValue - value;
        advantage = delta + options.gamma * options.lambda * advantage;
        nextValue = value;
        for (int t : tokens) {
          advantages[b][t] = advantage;
          returns[b][t] = advantage + value;
        }
      }
    }
    if (options.whiten) {
      advantages = Whitening.ofAdvantages(options.whitenUnbiased).apply(advantages, batch.mask());
    }
    return Credit.of(advantages, returns, batch);
  }

  /** The positions of the tokens of each macro action. */
  private List<int[]> macros(double[] mask) {
    List<Integer> tokens = new ArrayList<>();
    for (int t = 0; t < mask.length; t++) {
      if (mask[t] != 0) {
        tokens.add(t);
      }
    }
    int alone = options.lastAlone && !tokens.isEmpty() ? 1 : 0;
    int end = tokens.size() - alone;
    List<int[]> macros = new ArrayList<>();
    for (int from = 0; from < end; from += options.ngram) {
      macros.add(positions(tokens.subList(from, Math.min(end, from + options.ngram))));
    }
    if (alone > 0) {
      macros.add(positions(tokens.subList(end, tokens.size())));
    }
    return macros;
  }

  private static int[] positions(List<Integer> tokens) {
    return tokens.stream().mapToInt(Integer::intValue).toArray();
  }

  private static double sum(double[] numbers, int[] positions) {
    double sum = 0;
    for (int position : positions) {
      sum += numbers[position];
    }
    return sum;
  }
}
