package dev.kelpie.config;

/** The value head, for advantages that need one. */
public record ValueOptions(
    @Doc("separate: a copy of the trunk with its own head; shared: a head on the policy") Kind kind,
    @Doc("peak learning rate of the separate value model") double learningRate,
    @Doc("factor of the squared error in the value loss") double coef,
    @Doc("clip of the value's change since the rollout; 0: none") double clip,
    @Doc("steps at the start in which only the value model is updated") int warmupSteps) {
  public static final ValueOptions DEFAULTS = new ValueOptions(Kind.NONE, 1e-5, 0.5, 0, 0);

  public ValueOptions {
    Require.positive("learning-rate", learningRate);
    Require.positive("coef", coef);
    Require.atLeast("clip", clip, 0.0);
    Require.atLeast("warmup-steps", warmupSteps, 0);
  }

  /** Where values come from. */
  public enum Kind {
    NONE,
    SEPARATE,
    SHARED
  }
}
