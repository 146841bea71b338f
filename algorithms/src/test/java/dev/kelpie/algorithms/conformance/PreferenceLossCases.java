package dev.kelpie.algorithms.conformance;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import dev.kelpie.algorithms.Masked;
import dev.kelpie.algorithms.preference.PairBatch;
import dev.kelpie.algorithms.preference.PairLosses;
import dev.kelpie.algorithms.preference.PreferenceLoss;
import dev.kelpie.algorithms.preference.pair.PreferenceLosses;
import dev.kelpie.tensors.TrainingScope;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Cases of kind preference-loss. */
final class PreferenceLossCases implements ConformanceKind {
  @Override
  public Set<String> types() {
    return PreferenceLosses.catalog().names();
  }

  @Override
  public Map<String, Object> compute(ConformanceCase given) {
    PreferenceLoss loss = PreferenceLosses.catalog().create(given.type(), given.options());
    try (TrainingScope scope = TrainingScope.open()) {
      CaseArrays arrays = new CaseArrays(given, scope);
      NDArray chosen = arrays.leaf("policy-chosen"); // [N, T]
      NDArray rejected = arrays.leaf("policy-rejected"); // [N, T]
      boolean masked = given.has("chosen-mask");
      boolean reference = given.has("reference-chosen");
      PairBatch batch =
          new PairBatch(
              chosen,
              rejected,
              reference ? arrays.array("reference-chosen") : null,
              reference ? arrays.array("reference-rejected") : null,
              masked ? arrays.array("chosen-mask") : chosen.onesLike(),
              masked ? arrays.array("rejected-mask") : rejected.onesLike());
      PairLosses losses = loss.evaluate(batch);
      double nll = given.has("nll") ? given.inputs().path("nll").doubleValue() : 0;
      NDArray mean = losses.values().mean().add(loss.nllCoef() * nll); // []
      Map<String, Object> got = new HashMap<>();
      got.put("loss", Masked.number(mean));
      got.put("losses", losses.values().toDoubleArray());
      got.put("chosen-rewards", losses.chosenRewards().toDoubleArray());
      got.put("rejected-rewards", losses.rejectedRewards().toDoubleArray());
      losses
          .metrics()
          .values()
          .forEach((name, value) -> got.put(PolicyLossCases.label(name), value));
      NDList gradients = scope.gradients(mean, List.of(chosen, rejected));
      got.put("grad-policy-chosen", arrays.shapedAs("policy-chosen", gradients.get(0)));
      got.put("grad-policy-rejected", arrays.shapedAs("policy-rejected", gradients.get(1)));
      return got;
    }
  }
}
