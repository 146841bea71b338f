package dev.kelpie.algorithms.pairing;

import dev.kelpie.config.Catalog;

/** All ways to select responses, by the name that {@code algorithm.select.type} gives. */
public final class Selects {
  private Selects() {}

  public static Catalog<Select> catalog() {
    return Catalog.<Select>of("selection")
        .add("all", (group, draws) -> group)
        .add("best", SelectBest.Options.DEFAULTS, SelectBest::new)
        .add("threshold", SelectThreshold.Options.DEFAULTS, SelectThreshold::new)
        .add("rso", SelectRso.Options.DEFAULTS, SelectRso::new);
  }
}
