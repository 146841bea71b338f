package dev.kelpie.algorithms.conformance;

import java.util.Map;
import java.util.Set;

/** Cases of kind reward-shaping. */
final class RewardShapingCases implements ConformanceKind {
  record Overlong(double maxLength, double bufferLength, double factor, boolean cap) {
    static final Overlong DEFAULTS = new Overlong(0, 1, 1, false);
  }

  record StopProperly(double coef) {
    static final StopProperly DEFAULTS = new StopProperly(0);
  }

  record Normalise(
      RewardShaping.Scope mean, RewardShaping.Scope std, int groupSize, double epsilon) {
    static final Normalise DEFAULTS =
        new Normalise(RewardShaping.Scope.BATCH, RewardShaping.Scope.BATCH, 1, 1e-6);
  }

  record RunningNormalise(double epsilon) {
    static final RunningNormalise DEFAULTS = new RunningNormalise(1e-6);
  }

  record TokenReward(double klCoef, double clipLow, double clipHigh) {
    static final TokenReward DEFAULTS =
        new TokenReward(0, Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY);
  }

  @Override
  public Set<String> types() {
    return Set.of("overlong", "stop-properly", "normalise", "running-normalise", "token-reward");
  }

  @Override
  public Map<String, Object> compute(ConformanceCase given) {
    switch (given.type()) {
      case "overlong" -> {
        Overlong o = given.options().bind(Overlong.DEFAULTS);
        return Map.of(
            "rewards",
            RewardShaping.overlong(
                given.vector("rewards"),
                given.vector("lengths"),
                o.maxLength,
                o.bufferLength,
                o.factor,
                o.cap));
      }
      case "stop-properly" -> {
        StopProperly o = given.options().bind(StopProperly.DEFAULTS);
        return Map.of(
            "rewards",
            RewardShaping.stopProperly(given.vector("rewards"), given.vector("truncated"), o.coef));
      }
      case "normalise" -> {
        Normalise o = given.options().bind(Normalise.DEFAULTS);
        return Map.of(
            "rewards",
            RewardShaping.normalise(
                given.vector("rewards"), o.mean, o.std, o.groupSize, o.epsilon));
      }
      case "running-normalise" -> {
        return running(
            given.matrix("rewards"), given.options().bind(RunningNormalise.DEFAULTS).epsilon);
      }
      case "token-reward" -> {
        TokenReward o = given.options().bind(TokenReward.DEFAULTS);
        return Map.of(
            "token-rewards",
            RewardShaping.tokenRewards(
                given.vector("scores"),
                given.matrix("kl"),
                given.matrix("mask"),
                o.klCoef,
                o.clipLow,
                o.clipHigh));
      }
      default -> throw new IllegalArgumentException("unknown type " + given.type());
    }
  }

  private static Map<String, Object> running(double[][] batches, double epsilon) {
    RunningMoments moments = RunningMoments.NONE;
    double[][] rewards = new double[batches.length][];
    double[] means = new double[batches.length];
    double[] stds = new double[batches.length];
    for (int i = 0; i < batches.length; i++) {
      moments = moments.with(batches[i]);
      means[i] = moments.mean();
      stds[i] = moments.std();
      rewards[i] = new double[batches[i].length];
      for (int b = 0; b < rewards[i].length; b++) {
        rewards[i][b] = (batches[i][b] - means[i]) / (stds[i] + epsilon);
      }
    }
    return Map.of("rewards", rewards, "means", means, "stds", stds);
  }
}
