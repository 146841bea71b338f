package dev.kelpie.algorithms.conformance;

import ai.djl.ndarray.NDArray;
import dev.kelpie.algorithms.TokenBatch;
import dev.kelpie.algorithms.loss.correction.Correction;
import dev.kelpie.algorithms.loss.correction.Corrections;
import dev.kelpie.algorithms.loss.correction.OffPolicyWeights;
import dev.kelpie.tensors.TrainingScope;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/** Cases of kind off-policy-weights. */
final class OffPolicyCases implements ConformanceKind {
  @Override
  public Set<String> types() {
    return Corrections.catalog().names();
  }

  @Override
  public Map<String, Object> compute(ConformanceCase conformanceCase) {
    Correction correction =
        Corrections.catalog().create(conformanceCase.type(), conformanceCase.options());
    try (TrainingScope scope = TrainingScope.open()) {
      CaseArrays arrays = new CaseArrays(conformanceCase, scope);
      NDArray oldLogprobs = arrays.array("old-logprobs"); // [B, R]
      NDArray logprobs =
          conformanceCase.has("logprobs") ? arrays.array("logprobs") : oldLogprobs; // [B, R]
      TokenBatch batch = arrays.batch(oldLogprobs);
      OffPolicyWeights weights = correction.evaluate(logprobs, batch);
      Map<String, Object> got = new HashMap<>();
      got.put("weights", CaseArrays.matrix(weights.weights()));
      got.put("kept-mask", CaseArrays.matrix(weights.kept()));
      weights
          .metrics()
          .values()
          .forEach(
              (name, value) ->
                  got.put(name.substring("mismatch/".length()).replace('_', '-'), value));
      got.put("mean", got.getOrDefault("is-ratio-mean", Double.NaN));
      return got;
    }
  }
}
