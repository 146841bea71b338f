package dev.kelpie.config;

import java.util.List;

/** The KL term, which keeps the policy near the reference. */
public record KlOptions(
    @Doc("weight of the KL term; 0: none") double coef,
    @Doc("estimator of the KL per token: k1, k2, k3, abs") String estimator,
    @Doc("added to the token loss, or taken from the token reward") Place place,
    @Doc("KL per response, in nats, that an adaptive weight steers to; 0: fixed") double target,
    @Doc("responses over which an adaptive weight moves") int horizon) {
  public static final KlOptions DEFAULTS = new KlOptions(0, "k3", Place.LOSS, 0, 10_000);

  public KlOptions {
    Require.atLeast("coef", coef, 0.0);
    Require.oneOf("estimator", estimator, List.of("k1", "k2", "k3", "abs"));
    Require.atLeast("target", target, 0.0);
    Require.atLeast("horizon", horizon, 1);
  }

  /** Where the KL term acts. */
  public enum Place {
    LOSS,
    REWARD
  }
}
