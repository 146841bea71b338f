package dev.kelpie.algorithms.conformance;

import java.util.List;
import java.util.Map;
import java.util.Set;

/** Cases of kind metric. */
final class MetricCases implements ConformanceKind {
  record Options(List<Double> k) {
    static final Options DEFAULTS = new Options(List.of(1.0));
  }

  @Override
  public Set<String> types() {
    return Set.of("pass-at-k");
  }

  @Override
  public Map<String, Object> compute(ConformanceCase conformanceCase) {
    List<Double> ks = conformanceCase.options().bind(Options.DEFAULTS).k;
    double[][] correct = conformanceCase.matrix("correct");
    double[] estimates = new double[ks.size()];
    for (int i = 0; i < estimates.length; i++) {
      for (double[] samples : correct) {
        int count = 0;
        for (double sample : samples) {
          count += sample != 0 ? 1 : 0;
        }
        estimates[i] +=
            PassAtK.estimate(samples.length, count, ks.get(i).intValue()) / correct.length;
      }
    }
    return Map.of("pass-at-k", estimates);
  }
}
