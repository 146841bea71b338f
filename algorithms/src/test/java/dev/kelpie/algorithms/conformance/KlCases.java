package dev.kelpie.algorithms.conformance;

import ai.djl.ndarray.NDArray;
import dev.kelpie.algorithms.KlEstimator;
import dev.kelpie.tensors.TrainingScope;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;

/** Cases of kind kl. */
final class KlCases implements ConformanceKind {
  record Options(
      OptionalDouble inputClamp,
      OptionalDouble outputClamp,
      boolean straightThrough,
      KlEstimator.Importance importance) {
    static final Options DEFAULTS =
        new Options(
            OptionalDouble.empty(), OptionalDouble.empty(), false, KlEstimator.Importance.NONE);
  }

  @Override
  public Set<String> types() {
    return Set.of("k1", "k2", "k3", "abs");
  }

  @Override
  public Map<String, Object> compute(ConformanceCase conformanceCase) {
    Options options = conformanceCase.options().bind(Options.DEFAULTS);
    KlEstimator estimator =
        new KlEstimator(
            KlEstimator.of(conformanceCase.type()).form(),
            options.inputClamp.orElse(0),
            options.outputClamp.orElse(0),
            options.straightThrough,
            options.importance);
    try (TrainingScope scope = TrainingScope.open()) {
      CaseArrays arrays = new CaseArrays(conformanceCase, scope);
      NDArray logprobs = arrays.leaf("logprobs"); // [B, R]
      NDArray old =
          conformanceCase.has("old-logprobs") ? arrays.array("old-logprobs") : null; // [B, R]
      NDArray kl = estimator.estimate(logprobs, arrays.array("ref-logprobs"), old); // [B, R]
      Map<String, Object> got = new HashMap<>();
      got.put("kl", arrays.shapedAs("logprobs", kl));
      NDArray gradient = scope.gradients(kl.sum(), List.of(logprobs)).get(0); // [B, R]
      got.put("grad-logprobs", arrays.shapedAs("logprobs", gradient));
      return got;
    }
  }
}
