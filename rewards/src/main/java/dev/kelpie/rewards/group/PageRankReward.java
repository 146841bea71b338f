package dev.kelpie.rewards.group;

import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;
import dev.kelpie.experience.Score;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;

/**
 * Mutual ranking of responses and tests, where a test is a named reward, which a response passes
 * when it gets more than {@code pass-above}. Responses and tests start with 1; in each round {@code
 * response = (1 - d) response + d sum(tests that it passes)}, {@code test = (1 - d) test + d
 * sum(responses that pass it)}. Between rounds both are scaled to a mean of 1, so that they
 * converge.
 *
 * <p>CodeDPO, Zhang et al. 2024, https://arxiv.org/abs/2410.05605; the scaling is not theirs.
 */
record PageRankReward(Options options) implements GroupReward.OfRewards {
  record Options(
      @Doc("names of the rewards that are tests") List<String> tests,
      @Doc("a response passes a test with a reward above this") double passAbove,
      @Doc("share of a value that comes from the other side") double damping,
      @Doc("rounds of mutual ranking") int rounds) {
    static final Options DEFAULTS = new Options(List.of(), 0, 0.85, 10);

    Options {
      tests = List.copyOf(tests);
      Require.that(
          Double.isFinite(passAbove), "pass-above: %s (expected: a finite number)", passAbove);
      Require.within("damping", damping, 0, 1);
      Require.atLeast("rounds", rounds, 1);
    }
  }

  PageRankReward {
    Require.that(
        !options.tests.isEmpty(), "tests: [] (expected: the names of the rewards that are tests)");
  }

  @Override
  public double[] values(List<Score> group) {
    boolean[][] passes = new boolean[group.size()][options.tests.size()];
    for (int i = 0; i < passes.length; i++) {
      for (int j = 0; j < passes[i].length; j++) {
        passes[i][j] = Parts.of(group.get(i), options.tests.get(j)) > options.passAbove;
      }
    }
    double[] responses = new double[group.size()];
    double[] tests = new double[options.tests.size()];
    Arrays.fill(responses, 1);
    Arrays.fill(tests, 1);
    for (int round = 0; round < options.rounds; round++) {
      if (round > 0) {
        scale(responses);
        scale(tests);
      }
      double[] before = responses.clone();
      for (int i = 0; i < responses.length; i++) {
        double passed = 0;
        for (int j = 0; j < tests.length; j++) {
          passed += passes[i][j] ? tests[j] : 0;
        }
        responses[i] = (1 - options.damping) * responses[i] + options.damping * passed;
      }
      for (int j = 0; j < tests.length; j++) {
        double passed = 0;
        for (int i = 0; i < before.length; i++) {
          passed += passes[i][j] ? before[i] : 0;
        }
        tests[j] = (1 - options.damping) * tests[j] + options.damping * passed;
      }
    }
    return responses;
  }

  /** Scales to a mean of 1, unless all are 0. */
  private static void scale(double[] values) {
    double mean = Arrays.stream(values).average().orElse(0);
    if (mean > 0) {
      Arrays.setAll(values, i -> values[i] / mean);
    }
  }

  @Override
  public Collection<String> rewards() {
    return options.tests;
  }
}
