package dev.kelpie.algorithms.pairing;

import dev.kelpie.config.Catalog;
import dev.kelpie.config.ConfigBlock;

/** All ways to select responses, by the name that {@code algorithm.select.type} gives. */
public final class Selects {
  private Selects() {}

  /** The selection of {@code algorithm.select}; all responses when the block is empty. */
  public static Select of(ConfigBlock select) {
    return select.values().isEmpty() ? catalog().create("all", select) : catalog().create(select);
  }

  public static Catalog<Select> catalog() {
    return Catalog.<Select>of("selection")
        .add("all", (group, draws) -> group)
        .add("best", SelectBest.Options.DEFAULTS, SelectBest::new)
        .add("threshold", SelectThreshold.Options.DEFAULTS, SelectThreshold::new)
        .add("balance", SelectBalance.Options.DEFAULTS, SelectBalance::new)
        .add("rso", SelectRso.Options.DEFAULTS, SelectRso::new);
  }
}
