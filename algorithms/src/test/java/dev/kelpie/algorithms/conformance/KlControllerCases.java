package dev.kelpie.algorithms.conformance;

import dev.kelpie.algorithms.KlController;
import java.util.Map;
import java.util.Set;

/** Cases of kind kl-controller. */
final class KlControllerCases implements ConformanceKind {
  record Options(double initial, double target, double horizon) {
    static final Options DEFAULTS = new Options(0.2, 6, 10_000);
  }

  @Override
  public Set<String> types() {
    return Set.of("adaptive");
  }

  @Override
  public Map<String, Object> compute(ConformanceCase conformanceCase) {
    Options options = conformanceCase.options().bind(Options.DEFAULTS);
    KlController controller = new KlController(options.initial, options.target, options.horizon);
    double[] kl = conformanceCase.vector("kl");
    double[] sequences = conformanceCase.vector("steps");
    double[] coefficients = new double[kl.length];
    for (int i = 0; i < kl.length; i++) {
      controller = controller.updated(kl[i], (long) sequences[i]);
      coefficients[i] = controller.coefficient();
    }
    return Map.of("coefficients", coefficients);
  }
}
