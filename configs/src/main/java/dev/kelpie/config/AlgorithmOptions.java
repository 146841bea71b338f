package dev.kelpie.config;

import java.util.Map;

/** How rewards become a loss. */
public record AlgorithmOptions(
    @Doc("published recipe that the other keys of this block start from") String preset,
    @Doc("advantage estimator: a type and its options") ConfigBlock advantage,
    @Doc("policy loss or loss over pairs: a type and its options") ConfigBlock loss,
    @Doc("value loss: a type and its options") ConfigBlock valueLoss,
    @Doc("which responses of a prompt are trained on: a type and its options") ConfigBlock select,
    @Doc("how pairs are made, for losses over pairs: a type and its options") ConfigBlock pairing,
    @Doc("probability that a pair's chosen response is better: a type and its options")
        ConfigBlock label,
    @Doc("weight of a pair: a type and its options") ConfigBlock weight,
    @Doc("margin that the loss demands of a pair: a type and its options") ConfigBlock margin,
    @Doc("labels of single responses, for losses over them: a type and its options")
        ConfigBlock responseLabel,
    @Doc("factors of the tokens in the loss: a type and its options") ConfigBlock tokenWeight,
    @Doc("factors of the tokens in the KL: a type and its options") ConfigBlock klWeight,
    @Doc("reward of each token beside the response's reward: a type and its options")
        ConfigBlock tokenReward,
    @Doc("further terms of the loss by name, each with rows, loss and weight")
        Map<String, ConfigBlock> terms,
    @Doc("responses that a policy loss and its advantages are over: all, or the policy's samples")
        LossRows rows,
    KlOptions kl,
    @Doc("how token losses become one number") String aggregation,
    @Doc("tokens that seq-mean-token-sum-norm divides by; 0: max-new-tokens") int normLength,
    @Doc("weight of the entropy bonus") double entropyCoef,
    EntropyOptions entropy,
    @Doc("clip of a response's reward to plus or minus this; 0: none") double rewardClip,
    OverlongOptions overlong,
    @Doc("limits on the means of named rewards, by the reward's name, each with limit and rate")
        Map<String, ConfigBlock> constraints,
    DynamicSamplingOptions dynamicSampling,
    @Doc("leave responses that reached the length limit out of the loss") boolean maskTruncated) {
  /** The responses that a policy loss and its advantages are over. */
  public enum LossRows {
    /** All responses of the step that are part of the loss, whoever wrote them. */
    ALL,
    /** The policy's own samples; terms learn the others. */
    SAMPLED
  }

  public static final AlgorithmOptions DEFAULTS =
      new AlgorithmOptions(
          "grpo",
          ConfigBlock.empty("algorithm.advantage"),
          ConfigBlock.empty("algorithm.loss"),
          ConfigBlock.empty("algorithm.value-loss"),
          ConfigBlock.empty("algorithm.select"),
          ConfigBlock.empty("algorithm.pairing"),
          ConfigBlock.empty("algorithm.label"),
          ConfigBlock.empty("algorithm.weight"),
          ConfigBlock.empty("algorithm.margin"),
          ConfigBlock.empty("algorithm.response-label"),
          ConfigBlock.empty("algorithm.token-weight"),
          ConfigBlock.empty("algorithm.kl-weight"),
          ConfigBlock.empty("algorithm.token-reward"),
          Map.of(),
          LossRows.ALL,
          KlOptions.DEFAULTS,
          "token-mean",
          0,
          0,
          EntropyOptions.DEFAULTS,
          0,
          OverlongOptions.DEFAULTS,
          Map.of(),
          DynamicSamplingOptions.DEFAULTS,
          false);

  /** Whether responses are paired; the loss is then one over pairs. */
  public boolean pairs() {
    return !pairing.values().isEmpty();
  }

  /** Whether the reward of a greedy response to each prompt is needed. */
  public boolean greedyBaseline() {
    return advantage.type().filter("remax"::equals).isPresent();
  }

  /**
   * Whether single responses have labels; the loss is then one over them, unless it is over pairs.
   */
  public boolean labelled() {
    return !responseLabel.values().isEmpty();
  }

  /** Whether the loss is over pairs or over single labelled responses. */
  public boolean preferences() {
    return pairs() || labelled();
  }

  public AlgorithmOptions {
    terms = Map.copyOf(terms);
    constraints = Map.copyOf(constraints);
    Require.atLeast("norm-length", normLength, 0);
    Require.atLeast("entropy-coef", entropyCoef, 0.0);
    Require.atLeast("reward-clip", rewardClip, 0.0);
  }
}
