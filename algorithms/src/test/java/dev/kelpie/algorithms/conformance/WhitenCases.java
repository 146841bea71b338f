package dev.kelpie.algorithms.conformance;

import dev.kelpie.algorithms.Whitening;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;

/** Cases of kind whiten. */
final class WhitenCases implements ConformanceKind {
  record Options(
      boolean unbiased, boolean shiftMean, double epsilon, Whitening.EpsilonMode epsilonMode) {
    static final Options DEFAULTS =
        new Options(true, true, 1e-8, Whitening.EpsilonMode.VARIANCE_ADD);
  }

  @Override
  public Set<String> types() {
    return Set.of("masked", "masked-rows");
  }

  @Override
  public Map<String, Object> compute(ConformanceCase conformanceCase) {
    Options options = conformanceCase.options().bind(Options.DEFAULTS);
    Whitening whitening =
        new Whitening(
            options.unbiased, options.shiftMean, true, options.epsilon, options.epsilonMode);
    double[][] x = conformanceCase.matrix("x");
    double[][] mask = conformanceCase.matrix("mask");
    return Map.of(
        "y",
        conformanceCase.type().equals("masked")
            ? whitening.apply(x, mask)
            : byRow(whitening, x, mask));
  }

  /** Each row of {@code x} whitened by itself; a row without tokens becomes 0. */
  private static double[][] byRow(Whitening whitening, double[][] x, double[][] mask) {
    double[][] y = new double[x.length][];
    for (int b = 0; b < x.length; b++) {
      y[b] =
          Arrays.stream(mask[b]).sum() > 0
              ? whitening.apply(new double[][] {x[b]}, new double[][] {mask[b]})[0]
              : new double[x[b].length];
    }
    return y;
  }
}
