package dev.kelpie.algorithms.label;

import dev.kelpie.algorithms.pairing.RowPair;
import dev.kelpie.config.Catalog;
import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;
import dev.kelpie.experience.reward.Scale;
import java.util.TreeSet;

/**
 * All weights of pairs, by the name that {@code algorithm.weight.type} gives:
 *
 * <ul>
 *   <li>none: 1
 *   <li>margin: {@code scale (score_chosen - score_rejected)}
 *   <li>certainty: {@code |2 p - 1|}, 0 for a label that does not know
 *   <li>distance: {@code exp(-alpha d)}, d a named reward of the chosen response; Sem-DPO,
 *       https://arxiv.org/abs/2507.20133
 *   <li>uncertainty: {@code 1 - 4 v}, v the variance of {@code sigmoid(s_chosen - s_rejected)} over
 *       the scores that are parts of a named reward, those of a dropout's passes or of an
 *       ensemble's models; 0 where v is above {@code max-variance}. 1/4 is the largest variance of
 *       a probability. UPO, https://arxiv.org/abs/2409.11212, in form
 *   <li>level: {@code top} where the chosen response reaches the top level, else 1; TRPA's
 *       anisotropy, https://arxiv.org/abs/2504.04524
 * </ul>
 */
public final class Weights {
  private Weights() {}

  record MarginOptions(@Doc("factor of the difference of scores") double scale) {
    static final MarginOptions DEFAULTS = new MarginOptions(1);

    MarginOptions {
      Require.positive("scale", scale);
    }
  }

  record LevelOptions(
      @Doc("weight of pairs whose chosen response reaches the top level") double top,
      @Doc("lowest score of the top level") double topScore) {
    static final LevelOptions DEFAULTS = new LevelOptions(2.5, 1);

    LevelOptions {
      Require.positive("top", top);
    }
  }

  record DistanceOptions(
      @Doc("name of the reward that is a distance") String of,
      @Doc("how fast the weight falls with it") double alpha) {
    static final DistanceOptions DEFAULTS = new DistanceOptions("", 1);

    DistanceOptions {
      Require.atLeast("alpha", alpha, 0);
    }
  }

  record UncertaintyOptions(
      @Doc("name of the reward whose parts are scores: a dropout or an ensemble") String of,
      @Doc("a pair whose variance is above it weighs 0") double maxVariance) {
    static final UncertaintyOptions DEFAULTS = new UncertaintyOptions("", 0.25);

    UncertaintyOptions {
      Require.that(
          maxVariance >= 0 && maxVariance <= 0.25,
          "max-variance: %s (expected: in [0, 0.25])",
          maxVariance);
    }
  }

  public static Catalog<PairNumber> catalog() {
    return Catalog.<PairNumber>of("weight")
        .add("none", (pair, probability) -> 1)
        .add("margin", MarginOptions.DEFAULTS, o -> (pair, probability) -> o.scale() * pair.gap())
        .add("certainty", (pair, probability) -> Math.abs(2 * probability - 1))
        .add("distance", DistanceOptions.DEFAULTS, Weights::distance)
        .add("uncertainty", UncertaintyOptions.DEFAULTS, Weights::uncertainty)
        .add(
            "level",
            LevelOptions.DEFAULTS,
            o -> (pair, probability) -> pair.chosen().score() >= o.topScore() ? o.top() : 1);
  }

  private static void requireReward(String name) {
    Require.that(!name.isEmpty(), "of: empty (expected: the name of a reward)");
  }

  private static PairNumber uncertainty(UncertaintyOptions options) {
    requireReward(options.of());
    return (pair, probability) -> {
      double variance = variance(pair, options.of());
      return variance > options.maxVariance() ? 0 : 1 - 4 * variance;
    };
  }

  /** The variance, divided by the number of scores, of the probability that chosen is better. */
  private static double variance(RowPair pair, String name) {
    String prefix = name + "/";
    Scale probabilities = Scale.NONE;
    for (String part : new TreeSet<>(pair.chosen().parts().keySet())) {
      if (part.startsWith(prefix) && !part.equals(prefix + "spread")) {
        double gap = (double) pair.chosen().part(part) - pair.rejected().part(part);
        probabilities = probabilities.with(1 / (1 + Math.exp(-gap)));
      }
    }
    if (probabilities.count() == 0) {
      throw new IllegalArgumentException(
          "weight of a pair: reward " + name + " (expected: one whose parts are scores)");
    }
    return probabilities.squares() / probabilities.count();
  }

  private static PairNumber distance(DistanceOptions options) {
    requireReward(options.of());
    return (pair, probability) -> Math.exp(-options.alpha() * pair.chosen().part(options.of()));
  }
}
