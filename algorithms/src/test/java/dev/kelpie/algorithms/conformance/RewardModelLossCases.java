package dev.kelpie.algorithms.conformance;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import dev.kelpie.algorithms.Masked;
import dev.kelpie.algorithms.preference.RewardModelLoss;
import dev.kelpie.tensors.TrainingScope;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Cases of kind reward-model-loss. */
final class RewardModelLossCases implements ConformanceKind {
  record Options(double centerCoef) {
    static final Options DEFAULTS = new Options(0);
  }

  @Override
  public Set<String> types() {
    return Set.of("bradley-terry", "logexp", "prm");
  }

  @Override
  public Map<String, Object> compute(ConformanceCase given) {
    if (given.type().equals("prm")) {
      return processReward(given);
    }
    // logexp, log(1 + exp(rejected - chosen)), is the same function without a margin.
    Options options = given.options().bind(Options.DEFAULTS);
    try (TrainingScope scope = TrainingScope.open()) {
      CaseArrays arrays = new CaseArrays(given, scope);
      NDArray chosen = arrays.leaf("chosen"); // [N, 1]
      NDArray rejected = arrays.leaf("rejected"); // [N, 1]
      NDArray margin = given.has("margin") ? arrays.array("margin") : null; // [N, 1]
      NDArray loss =
          RewardModelLoss.bradleyTerry(chosen, rejected, margin, options.centerCoef); // []
      double value = Masked.number(loss);
      double accuracy = RewardModelLoss.accuracy(chosen, rejected);
      NDList gradients = scope.gradients(loss, List.of(chosen, rejected));
      return Map.of(
          "loss",
          value,
          "accuracy",
          accuracy,
          "grad-chosen",
          arrays.shapedAs("chosen", gradients.get(0)),
          "grad-rejected",
          arrays.shapedAs("rejected", gradients.get(1)));
    }
  }

  private static Map<String, Object> processReward(ConformanceCase given) {
    double[][][] logits = given.cube("logits");
    long steps = logits[0].length;
    long classes = logits[0][0].length;
    try (TrainingScope scope = TrainingScope.open()) {
      NDArray leaf =
          scope.leaf(
              scope
                  .manager()
                  .create(
                      Arrays.stream(logits)
                          .flatMap(Arrays::stream)
                          .flatMapToDouble(Arrays::stream)
                          .toArray())
                  .reshape(logits.length, steps, classes)); // [B, T, C]
      NDArray labels = scope.manager().create(given.matrix("labels")); // [B, T]
      NDArray loss = RewardModelLoss.processReward(leaf, labels); // []
      double[] gradient = scope.gradients(loss, List.of(leaf)).get(0).toDoubleArray();
      double[][][] shaped = new double[logits.length][(int) steps][];
      for (int b = 0; b < logits.length; b++) {
        for (int t = 0; t < steps; t++) {
          int from = (int) ((b * steps + t) * classes);
          shaped[b][t] = Arrays.copyOfRange(gradient, from, from + (int) classes);
        }
      }
      return Map.of("loss", Masked.number(loss), "grad-logits", shaped);
    }
  }
}
