package dev.kelpie.config;

/** How rewards become a loss. */
public record AlgorithmOptions(
    @Doc("published recipe that the other keys of this block start from") String preset,
    @Doc("advantage estimator: a type and its options") ConfigBlock advantage,
    @Doc("policy loss: a type and its options") ConfigBlock loss,
    @Doc("value loss: a type and its options") ConfigBlock valueLoss,
    KlOptions kl,
    @Doc("how token losses become one number") String aggregation,
    @Doc("tokens that seq-mean-token-sum-norm divides by; 0: max-new-tokens") int normLength,
    @Doc("weight of the entropy bonus") double entropyCoef,
    @Doc("clip of a response's reward to plus or minus this; 0: none") double rewardClip,
    @Doc("leave responses that reached the length limit out of the loss") boolean maskTruncated) {
  public static final AlgorithmOptions DEFAULTS =
      new AlgorithmOptions(
          "grpo",
          ConfigBlock.empty("algorithm.advantage"),
          ConfigBlock.empty("algorithm.loss"),
          ConfigBlock.empty("algorithm.value-loss"),
          KlOptions.DEFAULTS,
          "token-mean",
          0,
          0,
          0,
          false);

  public AlgorithmOptions {
    Require.atLeast("norm-length", normLength, 0);
    Require.atLeast("entropy-coef", entropyCoef, 0.0);
    Require.atLeast("reward-clip", rewardClip, 0.0);
  }
}
