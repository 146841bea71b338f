package dev.kelpie.algorithms.advantage;

import dev.kelpie.config.Catalog;

/** All advantage estimators, by the name that {@code algorithm.advantage.type} gives. */
public final class AdvantageEstimators {
  private AdvantageEstimators() {}

  public static Catalog<AdvantageEstimator> catalog() {
    return Catalog.<AdvantageEstimator>of("advantage estimator")
        .add("gae", Gae.Options.DEFAULTS, Gae::new)
        .add("macro-gae", MacroGae.Options.DEFAULTS, MacroGae::new)
        .add("grpo", GroupRelative.Options.DEFAULTS, GroupRelative::new)
        .add("dr-grpo", GroupRelative.Options.DR_GRPO, GroupRelative::new)
        .add("rloo", LeaveOneOut.Options.DEFAULTS, LeaveOneOut::new)
        .add("prime", Prime.Options.DEFAULTS, Prime::new)
        .add("reinforce-plus-plus", ReinforcePlusPlus.Options.DEFAULTS, ReinforcePlusPlus::new)
        .add(
            "reinforce-plus-plus-baseline",
            ReinforcePlusPlusBaseline.Options.DEFAULTS,
            ReinforcePlusPlusBaseline::new)
        .add("reinforce-return", ReinforceReturn.Options.DEFAULTS, ReinforceReturn::new)
        .add("remax", new ReMax())
        .add(
            "optimal-token-baseline",
            OptimalTokenBaseline.Options.DEFAULTS,
            options -> new OptimalTokenBaseline(false, options))
        .add(
            "optimal-token-baseline-multi-turn",
            OptimalTokenBaseline.Options.DEFAULTS,
            options -> new OptimalTokenBaseline(true, options))
        .add("opo", OptimalBaseline.Options.DEFAULTS, OptimalBaseline::new)
        .add("gpg", Gpg.Options.DEFAULTS, Gpg::new)
        .add("maxrl", MaxRl.Options.DEFAULTS, MaxRl::new)
        .add("pass-k", PassK.Options.DEFAULTS, PassK::new)
        .add("exp-weight", ExpWeight.Options.DEFAULTS, ExpWeight::new)
        .add("gdpo", Gdpo.Options.DEFAULTS, Gdpo::new);
  }
}
