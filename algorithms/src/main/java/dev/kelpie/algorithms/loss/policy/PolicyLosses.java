package dev.kelpie.algorithms.loss.policy;

import dev.kelpie.config.Catalog;

/** All policy losses, by the name that {@code algorithm.loss.type} gives. */
public final class PolicyLosses {
  private PolicyLosses() {}

  public static Catalog<PolicyLoss> catalog() {
    return Catalog.<PolicyLoss>of("policy loss")
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
        .add("reinforce", new ReinforceLoss())
        .add("dppo-tv", DppoLoss.Options.DEFAULTS, o -> new DppoLoss(DppoLoss.Divergence.TV, o))
        .add("dppo-kl", DppoLoss.Options.DEFAULTS, o -> new DppoLoss(DppoLoss.Divergence.KL, o))
        .add("symmetric-tv", SymmetricTvLoss.Options.DEFAULTS, SymmetricTvLoss::new)
        .add("ref-kl", RefKlLoss.Options.DEFAULTS, RefKlLoss::new)
        .add("clip-cov", ClipCovLoss.Options.DEFAULTS, ClipCovLoss::new)
        .add("kl-cov", KlCovLoss.Options.DEFAULTS, KlCovLoss::new)
        .add("dro", DroLoss.Options.DEFAULTS, DroLoss::new)
        .add("topr", ToprLoss.Options.DEFAULTS, ToprLoss::new)
        .add("rollout-is", RolloutIsLoss.Options.DEFAULTS, RolloutIsLoss::new)
        .add("importance-sampling", new ImportanceSamplingLoss())
        .add("rloo-clip", RlooClipLoss.Options.DEFAULTS, RlooClipLoss::new)
        .add("opsm", OpsmLoss.Options.DEFAULTS, OpsmLoss::new)
        .add("vespo", VespoLoss.Options.DEFAULTS, VespoLoss::new)
        .add("decoupled-ppo", DecoupledPpoLoss.Options.DEFAULTS, DecoupledPpoLoss::new)
        .add("a2po", A2poLoss.Options.DEFAULTS, A2poLoss::new)
        .add("oreo", OreoLoss.Options.DEFAULTS, OreoLoss::new)
        .add("sft", new SftLoss());
  }
}
