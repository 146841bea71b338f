package dev.kelpie.algorithms.preference.pair;

import dev.kelpie.algorithms.preference.PreferenceLoss;
import dev.kelpie.config.Catalog;
import dev.kelpie.config.KebabCase;

/** All preference losses, by name. */
public final class PreferenceLosses {
  private PreferenceLosses() {}

  public static Catalog<PreferenceLoss> catalog() {
    return pairwise(
        Catalog.<PreferenceLoss>of("preference loss")
            .add("sigmoid", SigmoidLoss.Options.DEFAULTS, SigmoidLoss::new)
            .add("sigmoid-norm", SigmoidLoss.Options.AVERAGED, SigmoidLoss::new)
            .add("discopop", DiscoPopLoss.Options.DEFAULTS, DiscoPopLoss::new)
            .add("online-dpo", OnlineDpoLoss.Options.DEFAULTS, OnlineDpoLoss::new)
            .add("xpo", XpoLoss.Options.DEFAULTS, XpoLoss::new)
            .add("regress-pair", RegressPairLoss.Options.DEFAULTS, RegressPairLoss::new)
            .add("regress-response", RegressResponseLoss.Options.DEFAULTS, RegressResponseLoss::new)
            .add("selm", OptimisticLoss.Options.SELM, OptimisticLoss::new)
            .add("vpo", OptimisticLoss.Options.VPO, OptimisticLoss::new)
            .add("tdpo", TdpoLoss.Options.DEFAULTS, TdpoLoss::new)
            .add("sparse-po", SparsePoLoss.Options.DEFAULTS, SparsePoLoss::new)
            .add("srpo", SrpoLoss.Options.DEFAULTS, SrpoLoss::new)
            .add("trpa", TrpaLoss.Options.DEFAULTS, TrpaLoss::new)
            .add("p3o", P3oLoss.Options.DEFAULTS, P3oLoss::new)
            .add("tpo", TpoLoss.Options.DEFAULTS, TpoLoss::new)
            .add("asft", AsftLoss.Options.DEFAULTS, AsftLoss::new)
            .add("cpl", CplLoss.Options.DEFAULTS, CplLoss::new)
            .add("cpo-constrained", ConstrainedLoss.Options.DEFAULTS, ConstrainedLoss::new)
            .add("chosen-sft", ChosenSftLoss.Options.DEFAULTS, ChosenSftLoss::new)
            .add("mixture", MixtureLoss.Options.DEFAULTS, MixtureLoss::new));
  }

  private static Catalog<PreferenceLoss> pairwise(Catalog<PreferenceLoss> catalog) {
    Catalog<PreferenceLoss> all = catalog;
    for (PairwiseLoss.Form form : PairwiseLoss.Form.values()) {
      PairwiseLoss.Options defaults =
          form == PairwiseLoss.Form.EXO_PAIR
              ? new PairwiseLoss.Options(0.1, 0.1)
              : PairwiseLoss.Options.DEFAULTS;
      all = all.add(KebabCase.of(form), defaults, options -> new PairwiseLoss(form, options));
    }
    for (ReferenceFreeLoss.Form form : ReferenceFreeLoss.Form.values()) {
      ReferenceFreeLoss.Options defaults =
          form == ReferenceFreeLoss.Form.SIMPO
              ? ReferenceFreeLoss.Options.SIMPO
              : ReferenceFreeLoss.Options.DEFAULTS;
      all = all.add(KebabCase.of(form), defaults, options -> new ReferenceFreeLoss(form, options));
    }
    return all;
  }
}
