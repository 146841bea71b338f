package dev.kelpie.algorithms.advantage;

import dev.kelpie.algorithms.Whitening;
import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;
import java.util.Arrays;
import java.util.List;

/**
 * GDPO's advantage: each component of the reward is normalised within its group, the weighted
 * normalised components are summed, and the sum is whitened over the batch, so that a component of
 * small range is not drowned.
 *
 * <p>Liu et al. 2026, https://arxiv.org/abs/2601.05242.
 */
public record Gdpo(Options options) implements AdvantageEstimator {
  /** The population that the sum is whitened over. */
  public enum Whiten {
    /** Over all tokens (verl). */
    TOKENS,
    /** Over the responses. */
    SAMPLES
  }

  public record Options(
      @Doc("of the components; empty is 1 for each") List<Double> weights,
      @Doc("added to the standard deviation of a group") double epsilon,
      @Doc("advantage of a group of one: 0, or its score") LoneResponse singleton,
      @Doc("divides only where the deviation is not 0") boolean stdGuard,
      @Doc("over tokens or samples") Whiten whiten,
      @Doc("added to the standard deviation over samples") double whitenEpsilon) {
    public static final Options DEFAULTS =
        new Options(List.of(), 1e-6, LoneResponse.ZERO, false, Whiten.TOKENS, 0);

    public Options {
      Require.atLeast("epsilon", epsilon, 0.0);
      Require.atLeast("whiten-epsilon", whitenEpsilon, 0.0);
    }
  }

  @Override
  public boolean usesComponents() {
    return true;
  }

  @Override
  public boolean comparesWithinGroup() {
    return true;
  }

  @Override
  public Credit estimate(RewardBatch batch) {
    double[][] components = batch.components();
    Require.that(
        options.weights.isEmpty() || options.weights.size() == components.length,
        "weights: %s (expected: one for each of %s reward components)",
        options.weights,
        components.length);
    GroupRelative normaliser =
        new GroupRelative(
            GroupRelative.Options.of(options.epsilon, true, options.singleton, options.stdGuard));
    double[] sum = new double[batch.rows()];
    for (int k = 0; k < components.length; k++) {
      double weight = options.weights.isEmpty() ? 1 : options.weights.get(k);
      double[] normalised = normaliser.relative(components[k], batch.groups());
      for (int b = 0; b < sum.length; b++) {
        sum[b] += weight * normalised[b];
      }
    }
    if (options.whiten == Whiten.SAMPLES) {
      return Credit.ofRows(whitenSamples(sum), batch);
    }
    double[][] tokens = Credit.broadcast(sum, batch);
    double[][] advantages = Whitening.ofAdvantages(true).apply(tokens, batch.mask());
    return Credit.of(advantages, advantages, batch);
  }

  private double[] whitenSamples(double[] x) {
    double[] ones = new double[x.length];
    Arrays.fill(ones, 1);
    Whitening whitening =
        new Whitening(true, true, true, options.whitenEpsilon, Whitening.EpsilonMode.STD_ADD);
    return whitening.apply(new double[][] {x}, new double[][] {ones})[0];
  }
}
