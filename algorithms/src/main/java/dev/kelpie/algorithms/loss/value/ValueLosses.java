package dev.kelpie.algorithms.loss.value;

import dev.kelpie.config.Catalog;

/** All value losses, by the name that {@code algorithm.value-loss.type} gives. */
public final class ValueLosses {
  private ValueLosses() {}

  public static Catalog<ValueLoss> catalog() {
    return Catalog.<ValueLoss>of("value loss")
        .add("mse", MseValueLoss.Options.DEFAULTS, MseValueLoss::new)
        .add("huber", HuberValueLoss.Options.DEFAULTS, HuberValueLoss::new);
  }
}
