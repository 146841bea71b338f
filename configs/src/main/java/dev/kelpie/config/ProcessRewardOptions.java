package dev.kelpie.config;

/**
 * The process reward model, for advantages that need one: trained in every step, by the learner.
 */
public record ProcessRewardOptions(
    @Doc(
            "implicit: a language model of its own, whose log-ratio to the reference is the reward"
                + " of a token")
        Kind kind,
    @Doc("its checkpoint folder at the start; empty: the policy's start") String path,
    @Doc("peak learning rate") double learningRate,
    @Doc("factor of the log-ratio") double beta,
    @Doc("a response is right where its reward, in [0, 1], is above this") double passAbove) {
  public static final ProcessRewardOptions DEFAULTS =
      new ProcessRewardOptions(Kind.NONE, "", 1e-6, 0.05, 0.5);

  public ProcessRewardOptions {
    Require.positive("learning-rate", learningRate);
    Require.positive("beta", beta);
    Require.that(
        passAbove >= 0 && passAbove < 1, "pass-above: %s (expected: in [0, 1))", passAbove);
  }

  /** Whether there is such a model. */
  public boolean used() {
    return kind != Kind.NONE;
  }

  /** Where rewards of tokens come from. */
  public enum Kind {
    NONE,
    IMPLICIT
  }
}
