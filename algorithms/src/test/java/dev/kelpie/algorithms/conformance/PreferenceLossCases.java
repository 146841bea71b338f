package dev.kelpie.algorithms.conformance;

import static dev.kelpie.tensors.Scalars.mul;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import dev.kelpie.algorithms.Masked;
import dev.kelpie.algorithms.preference.PairBatch;
import dev.kelpie.algorithms.preference.PairColumn;
import dev.kelpie.algorithms.preference.PairLabels;
import dev.kelpie.algorithms.preference.PairLosses;
import dev.kelpie.algorithms.preference.PreferenceLoss;
import dev.kelpie.algorithms.preference.PreferenceLoss.NllOf;
import dev.kelpie.algorithms.preference.pair.PreferenceLosses;
import dev.kelpie.config.ConfigBlock;
import dev.kelpie.tensors.TrainingScope;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;

/** Cases of kind preference-loss: losses over pairs, and over single responses. */
final class PreferenceLossCases implements ConformanceKind {
  /** How a case calls the arrays that other cases call policy-chosen and so on. */
  private record Names(
      String policyChosen,
      String policyRejected,
      String referenceChosen,
      String referenceRejected,
      String chosenMask,
      String rejectedMask,
      String label) {
    static final Names PAIR =
        new Names(
            "policy-chosen",
            "policy-rejected",
            "reference-chosen",
            "reference-rejected",
            "chosen-mask",
            "rejected-mask",
            "");

    static final Names XPO =
        new Names(
            "policy-on-model",
            "policy-on-reference",
            "reference-on-model",
            "reference-on-reference",
            "model-mask",
            "reference-mask",
            "model-chosen");
  }

  private final ResponseLossCases responses = new ResponseLossCases();

  @Override
  public Set<String> types() {
    Set<String> types = new TreeSet<>(PreferenceLosses.catalog().names());
    types.addAll(responses.types());
    types.add("sft");
    return types;
  }

  @Override
  public Map<String, Object> compute(ConformanceCase given) {
    return switch (given.type()) {
      case "online-dpo" -> onlineDpo(given);
      case "xpo" -> xpo(given);
      case "sft" -> pairs(given, loss("chosen-sft", given.options()), Names.PAIR);
      default ->
          responses.types().contains(given.type())
              ? responses.compute(given)
              : pairs(given, loss(given.type(), given.options()), Names.PAIR);
    };
  }

  private static PreferenceLoss loss(String type, ConfigBlock options) {
    return PreferenceLosses.catalog().create(type, options);
  }

  private static Map<String, Object> pairs(
      ConformanceCase given, PreferenceLoss loss, Names names) {
    try (TrainingScope scope = TrainingScope.open()) {
      CaseArrays arrays = new CaseArrays(given, scope);
      NDArray chosen = arrays.leaf(names.policyChosen); // [N, T]
      NDArray rejected = arrays.leaf(names.policyRejected); // [N, T]
      boolean masked = given.has(names.chosenMask);
      boolean reference = given.has(names.referenceChosen);
      PairBatch batch =
          new PairBatch(
              chosen,
              rejected,
              reference ? arrays.array(names.referenceChosen) : null,
              reference ? arrays.array(names.referenceRejected) : null,
              masked ? arrays.array(names.chosenMask) : chosen.onesLike(),
              masked ? arrays.array(names.rejectedMask) : rejected.onesLike());
      if (given.has(names.label)) {
        NDArray won = arrays.array(names.label); // [N, 1]
        batch = batch.with(PairLabels.hard(won).withProbability(won));
      }
      List<String> leafNames = new ArrayList<>(List.of(names.policyChosen, names.policyRejected));
      List<NDArray> leaves = new ArrayList<>(List.of(chosen, rejected));
      if (given.has("policy-gold")) {
        NDArray gold = arrays.leaf("policy-gold"); // [N, T]
        batch = batch.with(PairColumn.GOLD, gold);
        batch = batch.with(PairColumn.GOLD_MASK, arrays.array("gold-mask"));
        leafNames.add("policy-gold");
        leaves.add(gold);
      }
      loss.check(given.type(), batch);
      PairLosses losses = loss.evaluate(batch);
      NDArray mean = losses.values().mean(); // []
      if (given.has("nll")) {
        mean = mean.add(loss.nllCoef() * given.inputs().path("nll").doubleValue()); // []
      } else if (loss.nllCoef() != 0 && masked) {
        mean = mean.add(mul(nll(loss, batch), loss.nllCoef())); // []
      }
      Map<String, Object> got = new HashMap<>();
      got.put("loss", Masked.number(mean));
      got.put("losses", losses.values().toDoubleArray());
      got.put("chosen-rewards", losses.chosenRewards().toDoubleArray());
      got.put("rejected-rewards", losses.rejectedRewards().toDoubleArray());
      losses
          .metrics()
          .values()
          .forEach((name, value) -> got.put(PolicyLossCases.label(name), value));
      NDList gradients = scope.gradients(mean, leaves);
      for (int i = 0; i < leafNames.size(); i++) {
        got.put("grad-" + leafNames.get(i), arrays.shapedAs(leafNames.get(i), gradients.get(i)));
      }
      return got;
    }
  }

  private static NDArray nll(PreferenceLoss loss, PairBatch batch) {
    return loss.nllOf() == NllOf.GOLD
        ? Masked.mean(batch.get(PairColumn.GOLD).neg(), batch.get(PairColumn.GOLD_MASK))
        : Masked.mean(batch.policyChosen().neg(), batch.chosenMask()); // []
  }

  /** Its losses without the exploration bonus, and the bonus alone, are expected too. */
  private static Map<String, Object> xpo(ConformanceCase given) {
    Map<String, Object> got = pairs(given, loss("xpo", given.options()), Names.XPO);
    Map<String, Object> without = new HashMap<>(given.options().values());
    without.put("alpha", 0);
    double[] all = numbers(got, "losses");
    double[] dpo =
        numbers(
            pairs(given, loss("xpo", ConfigBlock.of(given.id(), without)), Names.XPO), "losses");
    double[] bonus = new double[all.length];
    for (int n = 0; n < bonus.length; n++) {
      bonus[n] = all[n] - dpo[n];
    }
    got.put("dpo-losses", dpo);
    got.put("xpo-losses", bonus);
    return got;
  }

  private static double[] numbers(Map<String, Object> got, String name) {
    return (double[]) Objects.requireNonNull(got.get(name));
  }

  /** Rows i and N + i are a pair of one array. */
  private static Map<String, Object> onlineDpo(ConformanceCase given) {
    PreferenceLoss loss = loss("online-dpo", given.options());
    try (TrainingScope scope = TrainingScope.open()) {
      CaseArrays arrays = new CaseArrays(given, scope);
      NDArray policy = arrays.leaf("policy"); // [2 N, T]
      NDArray reference = arrays.array("reference"); // [2 N, T]
      NDArray mask = arrays.array("mask"); // [2 N, T]
      NDArray won = arrays.array("first-wins"); // [N, 1]
      String first = ":" + won.getShape().get(0);
      String second = won.getShape().get(0) + ":";
      PairBatch batch =
          new PairBatch(
              policy.get(first),
              policy.get(second),
              reference.get(first),
              reference.get(second),
              mask.get(first),
              mask.get(second),
              PairLabels.hard(won).withProbability(won));
      loss.check("online-dpo", batch);
      NDArray losses = loss.evaluate(batch).values(); // [N, 1]
      NDArray gradient = scope.gradients(losses.mean(), List.of(policy)).get(0); // [2 N, T]
      return Map.of(
          "loss", Masked.number(losses.mean()),
          "losses", losses.toDoubleArray(),
          "grad-policy", arrays.shapedAs("policy", gradient));
    }
  }
}
