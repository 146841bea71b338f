package dev.kelpie.algorithms.loss.policy;

import static dev.kelpie.tensors.Scalars.mul;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import dev.kelpie.algorithms.Metrics;
import dev.kelpie.algorithms.PolicyOutputs;
import dev.kelpie.algorithms.TokenBatch;
import dev.kelpie.algorithms.loss.TokenLosses;
import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;

/** REINFORCE that listens less to bad responses: {@code -A log pi}, times a weight where A < 0. */
public record TiltedReinforceLoss(Options options) implements PolicyLoss {
  public record Options(@Doc("factor of tokens with a negative advantage") double negativeWeight) {
    public static final Options DEFAULTS = new Options(0.5);

    public Options {
      Require.within("negative-weight", negativeWeight, 0, 1);
    }
  }

  @Override
  public TokenLosses evaluate(PolicyOutputs outputs, TokenBatch batch) {
    NDArray advantages = batch.advantages(); // [B, R]
    NDArray lowered = mul(advantages, options.negativeWeight); // [B, R]
    NDArray tilted = NDArrays.where(advantages.lt(0), lowered, advantages); // [B, R]
    return new TokenLosses(outputs.logprobs().mul(tilted).neg(), new Metrics()); // [B, R]
  }
}
