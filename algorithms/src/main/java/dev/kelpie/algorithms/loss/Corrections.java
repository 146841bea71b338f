package dev.kelpie.algorithms.loss;

import dev.kelpie.algorithms.loss.ImportanceCorrection.Kind;
import dev.kelpie.algorithms.loss.ImportanceCorrection.Options;
import dev.kelpie.config.Catalog;
import dev.kelpie.config.KebabCase;

/** All off-policy corrections, by the name that {@code algorithm.loss.correction} gives. */
public final class Corrections {
  private static final Catalog<Correction> CATALOG = importance(Catalog.of("correction"));

  private Corrections() {}

  private static Catalog<Correction> importance(Catalog<Correction> catalog) {
    Catalog<Correction> all = catalog;
    for (Kind kind : Kind.values()) {
      all =
          all.add(
              KebabCase.of(kind),
              Options.DEFAULTS,
              options -> new ImportanceCorrection(kind, options));
    }
    return all;
  }

  /** The catalog. */
  public static Catalog<Correction> catalog() {
    return CATALOG;
  }
}
