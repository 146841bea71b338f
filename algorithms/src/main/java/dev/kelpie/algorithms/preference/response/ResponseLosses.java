package dev.kelpie.algorithms.preference.response;

import dev.kelpie.algorithms.preference.ResponseLoss;
import dev.kelpie.config.Catalog;

/** All losses over single responses, by name. */
public final class ResponseLosses {
  private ResponseLosses() {}

  public static Catalog<ResponseLoss> catalog() {
    return Catalog.<ResponseLoss>of("response loss")
        .add("kto", KtoLoss.Options.DEFAULTS, KtoLoss::new)
        .add("apo-zero-unpaired", ApoZeroUnpairedLoss.Options.DEFAULTS, ApoZeroUnpairedLoss::new)
        .add("bco", BcoLoss.Options.DEFAULTS, BcoLoss::new)
        .add("nash-md", NashMdLoss.Options.DEFAULTS, NashMdLoss::new)
        .add("optimism", OptimismLoss.Options.DEFAULTS, OptimismLoss::new)
        .add("poft", new PoftLoss())
        .add("trpa-single", new TrpaSingleLoss())
        .add("ditto", DittoLoss.Options.DEFAULTS, DittoLoss::new)
        .add("sami", SamiLoss.Options.DEFAULTS, SamiLoss::new)
        .add("ranked-list", RankedListLoss.Options.DEFAULTS, RankedListLoss::new);
  }
}
