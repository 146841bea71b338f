package dev.kelpie.algorithms.loss.correction;

import dev.kelpie.algorithms.loss.correction.ImportanceCorrection.Kind;
import dev.kelpie.algorithms.loss.correction.ImportanceCorrection.Options;
import dev.kelpie.config.Catalog;
import dev.kelpie.config.KebabCase;

/** All off-policy corrections, by the name that {@code algorithm.loss.correction} gives. */
public final class Corrections {
  private Corrections() {}

  public static Catalog<Correction> catalog() {
    return importance(Catalog.<Correction>of("correction"))
        .add("behaviour", BehaviourCorrection.Options.DEFAULTS, BehaviourCorrection::new)
        .add("rejection", RejectionCorrection.Options.DEFAULTS, RejectionCorrection::new)
        .add("opsm", SequenceMaskCorrection.Options.DEFAULTS, SequenceMaskCorrection::new)
        .add("tv-mask", TvMaskCorrection.Options.DEFAULTS, TvMaskCorrection::new)
        .add("diagnostics", MismatchDiagnostics.Options.DEFAULTS, MismatchDiagnostics::new);
  }

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
}
