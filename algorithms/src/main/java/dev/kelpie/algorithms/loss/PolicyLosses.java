package dev.kelpie.algorithms.loss;

import dev.kelpie.config.Catalog;

/** All policy losses, by the name that {@code algorithm.loss.type} gives. */
public final class PolicyLosses {
  private static final Catalog<PolicyLoss> CATALOG =
      Catalog.<PolicyLoss>of("policy loss")
          .add("ppo-clip", PpoClipLoss.Options.DEFAULTS, PpoClipLoss::new)
          .add("grpo", PpoClipLoss.Options.DEFAULTS, PpoClipLoss::new)
          .add("dr-grpo", PpoClipLoss.Options.DEFAULTS, PpoClipLoss::new)
          .add("bnpo", PpoClipLoss.Options.DEFAULTS, PpoClipLoss::new)
          .add("dapo", PpoClipLoss.Options.DEFAULTS, PpoClipLoss::new)
          .add("luspo", PpoClipLoss.Options.LUSPO, PpoClipLoss::new)
          .add("gspo", GspoLoss.Options.DEFAULTS, GspoLoss::new)
          .add("gspo-token", GspoTokenLoss.Options.DEFAULTS, GspoTokenLoss::new)
          .add("cispo", CispoLoss.Options.DEFAULTS, CispoLoss::new)
          .add("sapo", SapoLoss.Options.DEFAULTS, SapoLoss::new)
          .add("gmpo", GmpoLoss.Options.DEFAULTS, GmpoLoss::new)
          .add("reinforce", ReinforceLoss.Options.DEFAULTS, ReinforceLoss::new);

  private PolicyLosses() {}

  /** The catalog. */
  public static Catalog<PolicyLoss> catalog() {
    return CATALOG;
  }
}
