package dev.kelpie.config;

import java.util.List;

/** Optimizer, schedule and batches of the policy update. */
public record LearnerOptions(
    @Doc("native threads; part of what makes a run repeatable") int threads,
    @Doc("peak learning rate") double learningRate,
    @Doc("constant, linear, cosine, or wsd: warm-up, stable, decay") String schedule,
    @Doc("steps from 0 to the peak") int warmupSteps,
    @Doc("steps of decay at the end, for wsd; 0 for others: all") int decaySteps,
    @Doc("learning rate at the end, as a share of the peak") double minRatio,
    @Doc("AdamW's decay of the mean gradient") double beta1,
    @Doc("AdamW's decay of the mean squared gradient") double beta2,
    @Doc("AdamW's epsilon") double epsilon,
    @Doc("AdamW's decoupled weight decay") double weightDecay,
    @Doc("global norm that gradients are scaled down to; 0: never") double maxGradNorm,
    @Doc("optimizer updates per pass over a step's responses") int minibatches,
    @Doc("passes over a step's responses") int epochs,
    @Doc(
            "tokens in one microbatch, padding included; 0: as many as 512 MiB of activations hold,"
                + " 32 MiB for models below 8 M parameters")
        int tokenBudget,
    @Doc("number format of products with weights, which stay float32 themselves; auto is fp32")
        Precision precision) {
  public static final LearnerOptions DEFAULTS =
      new LearnerOptions(
          2, 1e-6, "constant", 0, 0, 0, 0.9, 0.95, 1e-8, 0.01, 1, 1, 1, 0, Precision.AUTO);

  public LearnerOptions {
    Require.atLeast("threads", threads, 1);
    Require.positive("learning-rate", learningRate);
    Require.oneOf("schedule", schedule, List.of("constant", "linear", "cosine", "wsd"));
    Require.atLeast("warmup-steps", warmupSteps, 0);
    Require.atLeast("decay-steps", decaySteps, 0);
    Require.within("min-ratio", minRatio, 0, 1);
    Require.that(beta1 >= 0 && beta1 < 1, "beta1: %s (expected: in [0, 1))", beta1);
    Require.that(beta2 >= 0 && beta2 < 1, "beta2: %s (expected: in [0, 1))", beta2);
    Require.positive("epsilon", epsilon);
    Require.atLeast("weight-decay", weightDecay, 0.0);
    Require.atLeast("max-grad-norm", maxGradNorm, 0.0);
    Require.atLeast("minibatches", minibatches, 1);
    Require.atLeast("epochs", epochs, 1);
    Require.atLeast("token-budget", tokenBudget, 0);
  }

  /** Number format of products with weights. */
  public enum Precision {
    /** The one that repeats the log-probabilities of generation in float32: FP32. */
    AUTO,
    FP32,
    BF16
  }
}
