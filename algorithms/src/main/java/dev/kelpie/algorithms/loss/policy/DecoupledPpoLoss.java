package dev.kelpie.algorithms.loss.policy;

import ai.djl.ndarray.NDArray;
import dev.kelpie.algorithms.Metrics;
import dev.kelpie.algorithms.PolicyOutputs;
import dev.kelpie.algorithms.TokenBatch;
import dev.kelpie.algorithms.loss.LossUnit;
import dev.kelpie.algorithms.loss.RatioLevel;
import dev.kelpie.algorithms.loss.Ratios;
import dev.kelpie.algorithms.loss.TokenLosses;
import dev.kelpie.algorithms.loss.correction.BehaviourCorrection;
import dev.kelpie.algorithms.loss.correction.OffPolicyWeights;
import dev.kelpie.config.Doc;

/**
 * Decoupled PPO: the clipped surrogate to a recomputed proximal policy, weighted by how far that is
 * from the behaviour policy that drew the tokens.
 *
 * <p>Hilton et al. 2021, https://arxiv.org/abs/2110.00641; as in AReaL,
 * https://arxiv.org/abs/2505.24298, section 5.2. The proximal policy's log-probabilities are the
 * batch's old ones. Tokens that the weights drop stay in the denominator.
 */
public final class DecoupledPpoLoss implements PolicyLoss {
  public record Options(
      @Doc("lower distance of the ratio's range from 1") double clipLow,
      @Doc("upper distance of the ratio's range from 1") double clipHigh,
      @Doc("for negative advantages the loss is at most -dualClip A; 0 is none") double dualClip,
      @Doc("the log-ratio is clamped to +- this before exp; 0 is none") double logRatioClamp,
      @Doc("token, or sequence: the row's mean log-ratio and mean advantage") RatioLevel ratioLevel,
      @Doc(
              "token, or sequence-mean: the mean advantage of the row's kept tokens, which"
                  + " ratio-level sequence implies")
          PpoClipLoss.Advantage advantage,
      @Doc("the weights") BehaviourCorrection.Options behaviour) {
    public static final Options DEFAULTS =
        new Options(
            0.2,
            0.2,
            0,
            0,
            RatioLevel.TOKEN,
            PpoClipLoss.Advantage.TOKEN,
            BehaviourCorrection.Options.DEFAULTS);
  }

  private final Options options;
  private final ClippedSurrogate surrogate;
  private final BehaviourCorrection correction;

  public DecoupledPpoLoss(Options options) {
    this.options = options;
    this.surrogate = new ClippedSurrogate(options.clipLow, options.clipHigh, options.dualClip, 0);
    this.correction = new BehaviourCorrection(options.behaviour);
  }

  @Override
  public boolean needsProximal() {
    return true;
  }

  @Override
  public LossUnit unit() {
    return options.ratioLevel == RatioLevel.SEQUENCE ? LossUnit.RESPONSE : LossUnit.TOKEN;
  }

  @Override
  public TokenLosses evaluate(PolicyOutputs outputs, TokenBatch batch) {
    NDArray mask = batch.mask(); // [B, R]
    OffPolicyWeights behaviour = correction.evaluate(outputs.logprobs().stopGradient(), batch);
    NDArray logRatio = Ratios.policyToOld(outputs, batch, options.logRatioClamp); // [B, R]
    NDArray advantages = batch.advantages(); // [B, R]
    Metrics metrics = behaviour.metrics().merge(Ratios.approximateKl(logRatio, mask));
    NDArray surviving = behaviour.kept(); // [B, R]
    boolean sequence = options.ratioLevel == RatioLevel.SEQUENCE;
    if (sequence) {
      logRatio = Ratios.sequence(logRatio, surviving); // [B, R]
    }
    if (sequence || options.advantage == PpoClipLoss.Advantage.SEQUENCE_MEAN) {
      advantages = Ratios.sequence(advantages, surviving); // [B, R]
    }
    NDArray losses = surrogate.evaluate(logRatio.exp(), advantages, mask, metrics); // [B, R]
    return new TokenLosses(losses.mul(behaviour.weights()), metrics); // [B, R]
  }
}
