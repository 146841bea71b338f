package dev.kelpie.algorithms.conformance;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import dev.kelpie.algorithms.Aggregation;
import dev.kelpie.algorithms.Denominators;
import dev.kelpie.algorithms.KlEstimator;
import dev.kelpie.algorithms.LossTerms;
import dev.kelpie.algorithms.Masked;
import dev.kelpie.algorithms.PolicyOutputs;
import dev.kelpie.algorithms.TokenBatch;
import dev.kelpie.algorithms.loss.policy.ObjectiveOptions;
import dev.kelpie.algorithms.loss.policy.PolicyLoss;
import dev.kelpie.algorithms.loss.policy.PolicyLosses;
import dev.kelpie.algorithms.loss.policy.PolicyObjective;
import dev.kelpie.config.Catalog;
import dev.kelpie.tensors.TrainingScope;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.stream.Stream;

/** Cases of kind policy-loss. */
final class PolicyLossCases implements ConformanceKind {
  private static final Catalog<PolicyLoss> LOSSES = PolicyLosses.catalog();

  /** Options that stand outside of the loss block in experiment files. */
  record Frame(
      String aggregation,
      OptionalDouble normLength,
      OptionalDouble globalTokens,
      OptionalDouble globalSequences,
      double klCoef,
      String klEstimator,
      double entropyCoef) {
    static final Frame DEFAULTS =
        new Frame(
            "token-mean",
            OptionalDouble.empty(),
            OptionalDouble.empty(),
            OptionalDouble.empty(),
            0,
            "k3",
            0);

    Aggregation aggregation(NDArray mask) {
      return Aggregation.of(aggregation, normLength.orElse((double) mask.getShape().get(1)));
    }

    Denominators denominators(Denominators counted) {
      Denominators tokens =
          globalTokens.isPresent() ? counted.withTokens(globalTokens.getAsDouble()) : counted;
      return globalSequences.isPresent()
          ? tokens.withSequences(globalSequences.getAsDouble())
          : tokens;
    }
  }

  @Override
  public Set<String> types() {
    return LOSSES.names();
  }

  @Override
  public Map<String, Object> compute(ConformanceCase conformanceCase) {
    String type = conformanceCase.type();
    String[] own = Catalog.keys(LOSSES.defaults(type));
    String[] common = Catalog.keys(ObjectiveOptions.DEFAULTS);
    // An option of the loss's own, such as kl-cov's kl-coef, is not the frame's.
    String[] frameKeys = without(Catalog.keys(Frame.DEFAULTS), own);
    PolicyLoss loss = LOSSES.create(type, conformanceCase.options(), join(frameKeys, common));
    ObjectiveOptions options =
        conformanceCase.options().bind(ObjectiveOptions.DEFAULTS, join(frameKeys, own));
    Frame frame = conformanceCase.options().bind(Frame.DEFAULTS, join(own, common));
    double klCoef = List.of(own).contains("kl-coef") ? 0 : frame.klCoef();
    try (TrainingScope scope = TrainingScope.open()) {
      CaseArrays arrays = new CaseArrays(conformanceCase, scope);
      NDArray logprobs = arrays.leaf("logprobs"); // [B, R]
      NDArray entropy =
          conformanceCase.has("entropy")
              ? arrays.leaf("entropy")
              : scope.leaf(logprobs.zerosLike()); // [B, R]
      PolicyOutputs outputs = new PolicyOutputs(logprobs, entropy);
      TokenBatch batch = arrays.batch(logprobs);
      PolicyObjective objective =
          options.around(
              PolicyObjective.of(loss, frame.aggregation(batch.mask()))
                  .withKl(klCoef, KlEstimator.of(frame.klEstimator()))
                  .withEntropyBonus(frame.entropyCoef()));
      LossTerms terms = objective.evaluate(outputs, batch, frame.denominators(arrays.count(batch)));
      Map<String, Object> got = new HashMap<>();
      got.put("loss", Masked.number(terms.loss()));
      if (conformanceCase.expects("token-losses")) {
        got.put(
            "token-losses",
            CaseArrays.matrix(objective.tokenLosses(outputs, batch).values().mul(batch.mask())));
      }
      NDList gradients = scope.gradients(terms.loss(), List.of(logprobs, entropy));
      got.put("grad-logprobs", arrays.shapedAs("logprobs", gradients.get(0)));
      got.put("grad-entropy", arrays.shapedAs("logprobs", gradients.get(1)));
      terms.metrics().values().forEach((name, value) -> got.put(label(name), value));
      return got;
    }
  }

  /** {@code policy/clip_frac} to {@code clip-frac}. */
  static String label(String metric) {
    if (metric.startsWith("kl/ref_")) {
      return "kl";
    } else if (metric.equals("mismatch/kl")) {
      return "rollout-kl";
    }
    String name = metric.substring(metric.indexOf('/') + 1).replace('_', '-');
    return name.equals("loss") ? "objective" : name;
  }

  private static String[] join(String[] a, String[] b) {
    return Stream.concat(Arrays.stream(a), Arrays.stream(b)).toArray(String[]::new);
  }

  private static String[] without(String[] keys, String[] removed) {
    return Arrays.stream(keys)
        .filter(key -> !List.of(removed).contains(key))
        .toArray(String[]::new);
  }
}
