package dev.kelpie.algorithms.label;

import dev.kelpie.algorithms.pairing.GroupPairs;
import dev.kelpie.algorithms.pairing.RowPair;
import dev.kelpie.config.Catalog;
import dev.kelpie.config.ConfigBlock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * How an experiment labels pairs: {@code algorithm.label}, {@code algorithm.weight} and {@code
 * algorithm.margin}. A block without a type is hard, none and none.
 *
 * @param source name of the rule, as the pairs file records it
 * @param rewards names of the rewards that label, weight and margin look at
 */
public record Labelling(
    String source, LabelRule rule, PairNumber weight, PairNumber margin, List<String> rewards) {
  /**
   * The labelling of three blocks of an experiment file.
   *
   * @throws dev.kelpie.config.ConfigException for an unknown type, key or value
   */
  public static Labelling of(ConfigBlock label, ConfigBlock weight, ConfigBlock margin) {
    return new Labelling(
        label.type().orElse("hard"),
        create(Labels.catalog(), label, "hard"),
        create(Weights.catalog(), weight, "none"),
        create(Margins.catalog(), margin, "none"),
        Stream.concat(
                Stream.of(label.values(), fallback(label), margin.values())
                    .flatMap(Labelling::between),
                Stream.ofNullable(weight.values().get("of")).map(String::valueOf))
            .toList());
  }

  /** The values of the label of pairs that people do not answer. */
  private static Map<?, ?> fallback(ConfigBlock label) {
    return label.values().get("fallback") instanceof Map<?, ?> values ? values : Map.of();
  }

  private static Stream<String> between(Map<?, ?> values) {
    return values.get("between") instanceof List<?> names
        ? names.stream().map(String::valueOf)
        : Stream.empty();
  }

  /** Names of the models whose log-probabilities of the responses the label needs. */
  public List<String> models() {
    return rule.models();
  }

  /** Whether every label has the probability 1. */
  public boolean certain() {
    return rule instanceof ConstantLabel constant && constant.options().probability() == 1;
  }

  private static <T> T create(Catalog<T> catalog, ConfigBlock block, String fallback) {
    return block.values().isEmpty() ? catalog.create(fallback, block) : catalog.create(block);
  }

  /** The label of a pair that people have given the probability {@code p}. */
  public PairLabel answered(RowPair pair, double p) {
    return new PairLabel(p, weight.of(pair, p), margin.of(pair, p), 0, 0);
  }

  /** The labels of a step: for every group one for each of its pairs, in their order. */
  public List<List<PairLabel>> labels(List<GroupPairs> step) {
    List<List<LabelRule.Target>> targets = rule.labels(step);
    List<List<PairLabel>> labels = new ArrayList<>();
    for (int g = 0; g < step.size(); g++) {
      List<PairLabel> group = new ArrayList<>();
      for (int i = 0; i < targets.get(g).size(); i++) {
        RowPair pair = step.get(g).pairs().get(i);
        LabelRule.Target target = targets.get(g).get(i);
        double p = target.probability();
        group.add(
            new PairLabel(
                p, weight.of(pair, p), margin.of(pair, p), target.chosen(), target.rejected()));
      }
      labels.add(group);
    }
    return labels;
  }
}
