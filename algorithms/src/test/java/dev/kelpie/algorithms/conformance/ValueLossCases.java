package dev.kelpie.algorithms.conformance;

import ai.djl.ndarray.NDArray;
import dev.kelpie.algorithms.Aggregation;
import dev.kelpie.algorithms.LossTerms;
import dev.kelpie.algorithms.Masked;
import dev.kelpie.algorithms.TokenBatch;
import dev.kelpie.algorithms.loss.value.ValueLoss;
import dev.kelpie.algorithms.loss.value.ValueLosses;
import dev.kelpie.algorithms.loss.value.ValueObjective;
import dev.kelpie.config.Catalog;
import dev.kelpie.tensors.TrainingScope;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;

/** Cases of kind value-loss. */
final class ValueLossCases implements ConformanceKind {
  /** Options that stand outside of the loss block in experiment files. */
  record Frame(
      String aggregation,
      OptionalDouble normLength,
      boolean countEmpty,
      OptionalDouble globalTokens,
      OptionalDouble globalSequences) {
    static final Frame DEFAULTS =
        new Frame(
            "token-mean",
            OptionalDouble.empty(),
            false,
            OptionalDouble.empty(),
            OptionalDouble.empty());
  }

  @Override
  public Set<String> types() {
    return ValueLosses.catalog().names();
  }

  @Override
  public Map<String, Object> compute(ConformanceCase conformanceCase) {
    Record own = (Record) ValueLosses.catalog().defaults(conformanceCase.type());
    ValueLoss loss =
        ValueLosses.catalog()
            .create(
                conformanceCase.type(), conformanceCase.options(), Catalog.keys(Frame.DEFAULTS));
    Frame frame = conformanceCase.options().bind(Frame.DEFAULTS, Catalog.keys(own));
    try (TrainingScope scope = TrainingScope.open()) {
      CaseArrays arrays = new CaseArrays(conformanceCase, scope);
      NDArray values = arrays.leaf("values"); // [B, R]
      TokenBatch batch = arrays.batch(values);
      Aggregation aggregation =
          Aggregation.of(
                  frame.aggregation, frame.normLength.orElse((double) values.getShape().get(1)))
              .countingEmpty(frame.countEmpty);
      PolicyLossCases.Frame denominators =
          new PolicyLossCases.Frame(
              "", OptionalDouble.empty(), frame.globalTokens, frame.globalSequences, 0, "", 0);
      LossTerms terms =
          new ValueObjective(loss, aggregation)
              .evaluate(values, batch, denominators.denominators(arrays.count(batch)));
      Map<String, Object> got = new HashMap<>();
      got.put("loss", Masked.number(terms.loss()));
      NDArray gradient = scope.gradients(terms.loss(), List.of(values)).get(0); // [B, R]
      got.put("grad-values", CaseArrays.matrix(gradient));
      terms
          .metrics()
          .values()
          .forEach((name, value) -> got.put(PolicyLossCases.label(name), value));
      return got;
    }
  }
}
