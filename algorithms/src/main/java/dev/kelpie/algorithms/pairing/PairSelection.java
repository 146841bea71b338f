package dev.kelpie.algorithms.pairing;

import dev.kelpie.config.Catalog;
import dev.kelpie.config.ConfigBlock;
import java.util.List;

/**
 * How an experiment makes pairs of the responses that {@code algorithm.select} has kept.
 *
 * @param pairing proposes pairs
 * @param rules which of the pairs count
 */
public record PairSelection(Pairing pairing, PairRules rules) {
  /**
   * The selection of {@code algorithm.pairing}.
   *
   * @throws dev.kelpie.config.ConfigException for an unknown type, key or value
   */
  public static PairSelection of(ConfigBlock pairing) {
    Catalog<Pairing> catalog = Pairings.catalog();
    Pairing made = catalog.create(pairing, Catalog.keys(PairRules.DEFAULTS));
    Object own = catalog.defaults(pairing.type().orElseThrow());
    PairRules rules = pairing.bind(PairRules.DEFAULTS, Catalog.keys(own));
    return new PairSelection(made, rules);
  }

  /**
   * The pairs of a group.
   *
   * @param group all its responses that have a reward, in order of their sample number
   * @param kept those that pairs may be made of
   */
  public GroupPairs of(List<Candidate> group, List<Candidate> kept, Draws draws) {
    return new GroupPairs(group, rules.pairs(pairing, kept, draws));
  }
}
