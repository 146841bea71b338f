package dev.kelpie.algorithms.pairing;

import dev.kelpie.config.Catalog;
import dev.kelpie.config.ConfigBlock;
import java.util.List;

/**
 * How an experiment makes pairs: {@code algorithm.select}, then {@code algorithm.pairing}.
 *
 * @param select the responses that are kept
 * @param pairing proposes pairs of them
 * @param rules which of the pairs count
 */
public record PairSelection(Select select, Pairing pairing, PairRules rules) {
  /**
   * The selection of two blocks of an experiment file.
   *
   * @throws dev.kelpie.config.ConfigException for an unknown type, key or value
   */
  public static PairSelection of(ConfigBlock select, ConfigBlock pairing) {
    Catalog<Pairing> catalog = Pairings.catalog();
    Pairing made = catalog.create(pairing, Catalog.keys(PairRules.DEFAULTS));
    Object own = catalog.defaults(pairing.type().orElseThrow());
    PairRules rules = pairing.bind(PairRules.DEFAULTS, Catalog.keys(own));
    return new PairSelection(selectOf(select), made, rules);
  }

  /** The selection of {@code algorithm.select}; all responses when it has no type. */
  public static Select selectOf(ConfigBlock select) {
    return select.type().isEmpty() && select.values().isEmpty()
        ? (group, draws) -> group
        : Selects.catalog().create(select);
  }

  /** The kept responses of {@code group}, and the pairs made of them. */
  public GroupPairs of(List<Candidate> group, Draws draws) {
    List<Candidate> kept = select.keep(group, draws);
    return new GroupPairs(group, rules.pairs(pairing, kept, draws));
  }
}
