package dev.kelpie.algorithms.label;

import dev.kelpie.config.Catalog;
import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;

/**
 * All weights of pairs, by the name that {@code algorithm.weight.type} gives:
 *
 * <ul>
 *   <li>none: 1
 *   <li>margin: {@code scale (score_chosen - score_rejected)}
 *   <li>certainty: {@code |2 p - 1|}, 0 for a label that does not know
 *   <li>distance: {@code exp(-alpha d)}, d a named reward of the chosen response; Sem-DPO,
 *       https://arxiv.org/abs/2507.20133
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

  public static Catalog<PairNumber> catalog() {
    return Catalog.<PairNumber>of("weight")
        .add("none", (pair, probability) -> 1)
        .add("margin", MarginOptions.DEFAULTS, o -> (pair, probability) -> o.scale() * pair.gap())
        .add("certainty", (pair, probability) -> Math.abs(2 * probability - 1))
        .add("distance", DistanceOptions.DEFAULTS, Weights::distance)
        .add(
            "level",
            LevelOptions.DEFAULTS,
            o -> (pair, probability) -> pair.chosen().score() >= o.topScore() ? o.top() : 1);
  }

  private static PairNumber distance(DistanceOptions options) {
    Require.that(!options.of().isEmpty(), "of: empty (expected: the name of a reward)");
    return (pair, probability) -> Math.exp(-options.alpha() * pair.chosen().part(options.of()));
  }
}
