package dev.kelpie.algorithms.label;

import dev.kelpie.config.Catalog;
import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;
import java.util.List;

/**
 * All margins of pairs, by the name that {@code algorithm.margin.type} gives:
 *
 * <ul>
 *   <li>none: 0
 *   <li>constant: {@code value}
 *   <li>score: {@code scale (score_chosen - score_rejected)}
 *   <li>parts: {@code sum_j factor_j (part_j of chosen - part_j of rejected)} over named rewards;
 *       with {@code factor_j = w_j / w_k} and {@code beta / w_k} this is MODPO,
 *       https://arxiv.org/abs/2310.03708, eq. 9
 * </ul>
 */
public final class Margins {
  private Margins() {}

  record ConstantOptions(@Doc("the margin") double value) {
    static final ConstantOptions DEFAULTS = new ConstantOptions(0);
  }

  record ScoreOptions(@Doc("factor of the difference of scores") double scale) {
    static final ScoreOptions DEFAULTS = new ScoreOptions(1);
  }

  record PartsOptions(
      @Doc("names of the rewards whose differences are the margin") List<String> between,
      @Doc("factor of each") List<Double> factors) {
    static final PartsOptions DEFAULTS = new PartsOptions(List.of(), List.of());

    PartsOptions {
      between = List.copyOf(between);
      factors = List.copyOf(factors);
      Require.that(
          between.size() == factors.size(),
          "factors: %s (expected: one for each of between = %s)",
          factors,
          between);
    }
  }

  public static Catalog<PairNumber> catalog() {
    return Catalog.<PairNumber>of("margin")
        .add("none", (pair, probability) -> 0)
        .add("constant", ConstantOptions.DEFAULTS, o -> (pair, probability) -> o.value())
        .add("score", ScoreOptions.DEFAULTS, o -> (pair, probability) -> o.scale() * pair.gap())
        .add("parts", PartsOptions.DEFAULTS, Margins::parts);
  }

  private static PairNumber parts(PartsOptions options) {
    return (pair, probability) -> {
      double margin = 0;
      for (int i = 0; i < options.between().size(); i++) {
        String name = options.between().get(i);
        margin +=
            options.factors().get(i) * (pair.chosen().part(name) - pair.rejected().part(name));
      }
      return margin;
    };
  }
}
