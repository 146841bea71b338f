package dev.kelpie.algorithms.advantage;

import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;
import java.util.stream.IntStream;

/**
 * Pass@k's advantage: only the best response of a group is credited, with its lead over the second
 * best, {@code max - second}; the others get 0. A group of one gets 0.
 *
 * <p>Walder and Karkhanis 2025, https://arxiv.org/abs/2505.15201, with k the group size, as verl's
 * grpo_passk.
 */
public record PassK(Options options) implements GroupEstimator {
  public record Options(
      @Doc("added to the standard deviation") double epsilon,
      @Doc("whether to divide by the group's unbiased standard deviation") boolean normalizeStd) {
    public static final Options DEFAULTS = new Options(1e-6, true);

    public Options {
      Require.that(epsilon >= 0, "epsilon: %s (expected: >= 0)", epsilon);
    }
  }

  @Override
  public double[] advantages(RewardBatch batch) {
    double[] scores = batch.scores();
    double[] advantages = new double[scores.length];
    for (int[] members : batch.groups()) {
      if (members.length > 1) {
        int best = members[0];
        for (int row : members) {
          best = scores[row] > scores[best] ? row : best;
        }
        int winner = best;
        double second =
            IntStream.of(members)
                .filter(row -> row != winner)
                .mapToDouble(row -> scores[row])
                .max()
                .getAsDouble();
        double divisor = options.normalizeStd ? std(scores, members) + options.epsilon : 1;
        advantages[winner] = (scores[winner] - second) / divisor;
      }
    }
    return advantages;
  }

  private static double std(double[] scores, int[] members) {
    double mean = GroupMeans.mean(scores, members);
    double squares = 0;
    for (int row : members) {
      squares += (scores[row] - mean) * (scores[row] - mean);
    }
    return Math.sqrt(squares / (members.length - 1));
  }
}
