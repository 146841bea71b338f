package dev.kelpie.algorithms.conformance;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import dev.kelpie.algorithms.Masked;
import dev.kelpie.algorithms.preference.Coupling;
import dev.kelpie.algorithms.preference.ResponseBatch;
import dev.kelpie.algorithms.preference.ResponseLabels;
import dev.kelpie.algorithms.preference.ResponseLoss;
import dev.kelpie.algorithms.preference.ResponseValues;
import dev.kelpie.algorithms.preference.response.NashMdLoss;
import dev.kelpie.algorithms.preference.response.ResponseLosses;
import dev.kelpie.tensors.TrainingScope;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Cases of kind preference-loss whose losses are over single responses. */
final class ResponseLossCases implements ConformanceKind {
  @Override
  public Set<String> types() {
    return ResponseLosses.catalog().names();
  }

  @Override
  public Map<String, Object> compute(ConformanceCase given) {
    ResponseLoss loss = ResponseLosses.catalog().create(given.type(), given.options());
    try (TrainingScope scope = TrainingScope.open()) {
      CaseArrays arrays = new CaseArrays(given, scope);
      return given.has("policy-chosen")
          ? bothSides(given, loss, arrays, scope)
          : rows(given, loss, arrays, scope);
    }
  }

  private static Map<String, Object> rows(
      ConformanceCase given, ResponseLoss loss, CaseArrays arrays, TrainingScope scope) {
    NDArray policy = arrays.leaf("policy"); // [N, T]
    NDArray reference = arrays.array("reference"); // [N, T]
    NDArray mask = given.has("mask") ? arrays.array("mask") : policy.onesLike(); // [N, T]
    ResponseLabels labels = ResponseLabels.desirable(Masked.lengths(mask));
    if (given.has("labels")) {
      labels = labels.withDesirable(arrays.array("labels"));
    }
    if (given.has("probability")) {
      labels = labels.withTarget(arrays.array("probability"));
    }
    ResponseBatch batch = new ResponseBatch(policy, reference, mask, labels);
    Map<String, Object> got = new HashMap<>();
    if (given.has("policy-kl")) {
      Coupling coupling =
          loss.couple(arrays.array("policy-kl"), arrays.array("reference-kl"), Coupling.NONE);
      batch = batch.with(coupling);
      got.put("kl", coupling.shift());
    }
    ResponseValues values = loss.evaluate(batch);
    got.put("loss", Masked.number(values.values().mean()));
    got.put("losses", values.values().toDoubleArray());
    if (loss instanceof NashMdLoss nashMd) {
      got.put("score", nashMd.score(batch).toDoubleArray());
      got.put("kl", batch.logRatio().toDoubleArray());
    }
    NDArray gradient = scope.gradients(values.values().mean(), List.of(policy)).get(0); // [N, T]
    got.put("grad-policy", arrays.shapedAs("policy", gradient));
    return got;
  }

  /** A case that gives the desirable and the undesirable responses apart. */
  private static Map<String, Object> bothSides(
      ConformanceCase given, ResponseLoss loss, CaseArrays arrays, TrainingScope scope) {
    NDArray chosen = arrays.leaf("policy-chosen"); // [C, 1]
    NDArray rejected = arrays.leaf("policy-rejected"); // [R, 1]
    NDArray policy = NDArrays.concat(new NDList(chosen, rejected), 0); // [C + R, 1]
    NDArray reference =
        NDArrays.concat(
            new NDList(arrays.array("reference-chosen"), arrays.array("reference-rejected")),
            0); // [C + R, 1]
    NDArray desirable =
        NDArrays.concat(new NDList(chosen.onesLike(), rejected.zerosLike()), 0); // [C + R, 1]
    Coupling before =
        new Coupling(
            0,
            given.inputs().required("running-mean").doubleValue(),
            given.inputs().required("running-count").doubleValue());
    Coupling coupling = loss.couple(policy.stopGradient(), reference, before);
    ResponseValues values =
        loss.evaluate(
            new ResponseBatch(
                policy,
                reference,
                policy.onesLike(),
                ResponseLabels.desirable(desirable).withDesirable(desirable),
                coupling));
    NDArray mean = values.values().mean(); // []
    double[] rewards = values.rewards().toDoubleArray();
    int c = (int) chosen.getShape().get(0);
    Map<String, Object> got = new HashMap<>();
    got.put("loss", Masked.number(mean));
    got.put("losses", values.values().toDoubleArray());
    got.put("delta", coupling.shift());
    got.put("chosen-rewards", Arrays.copyOfRange(rewards, 0, c));
    got.put("rejected-rewards", Arrays.copyOfRange(rewards, c, rewards.length));
    NDList gradients = scope.gradients(mean, List.of(chosen, rejected));
    got.put("grad-policy-chosen", arrays.shapedAs("policy-chosen", gradients.get(0)));
    got.put("grad-policy-rejected", arrays.shapedAs("policy-rejected", gradients.get(1)));
    return got;
  }
}
