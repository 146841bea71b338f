package dev.kelpie.algorithms.advantage;

import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;
import java.util.stream.IntStream;

/** Credits the best responses of a group with 1, the others with {@code others}. */
public record BestResponse(Options options) implements GroupEstimator {
  public record Options(@Doc("advantage of a response that is not the best") double others) {
    public static final Options DEFAULTS = new Options(0);

    public Options {
      Require.within("others", others, -1, 0);
    }
  }

  @Override
  public double[] advantages(RewardBatch batch) {
    double[] scores = batch.scores();
    double[] advantages = new double[scores.length];
    for (int[] members : batch.groups()) {
      double best = IntStream.of(members).mapToDouble(row -> scores[row]).max().orElseThrow();
      for (int row : members) {
        advantages[row] = scores[row] == best ? 1 : options.others;
      }
    }
    return advantages;
  }
}
