package dev.kelpie.learner;

import dev.kelpie.config.EvalOptions;
import dev.kelpie.config.Experiment;
import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.PromptSource;
import dev.kelpie.learner.rows.Collator;
import dev.kelpie.learner.rows.ModelPasses;
import dev.kelpie.model.CausalLm;
import dev.kelpie.tensors.ThreadLanes;
import java.util.ArrayList;
import java.util.List;

/**
 * Pairs that nobody trains on, which the policy ranks at each evaluation. A pair is ranked right
 * where the chosen response has the higher log-ratio, {@code log policy(y) - log reference(y)}; the
 * margin is the difference of both. The reference does not move, so its log-probabilities are
 * computed once and no model of it is kept.
 */
final class HeldOutPairs {
  private static final int PAIRS_AT_ONCE = 64;

  private final EvalOptions eval;
  private final long steps;
  private final PromptSource pairs;
  private final ThreadLanes lanes;
  private final Collator collator;
  private final double[] reference; // chosen minus rejected

  private HeldOutPairs(
      Experiment experiment,
      PromptSource pairs,
      ThreadLanes lanes,
      Collator collator,
      CausalLm reference) {
    this.eval = experiment.eval();
    this.steps = experiment.run().steps();
    this.pairs = pairs;
    this.lanes = lanes;
    this.collator = collator;
    this.reference = differences(reference);
  }

  /** The pairs with the numbers of the experiment's reference, that of {@code policy}. */
  static HeldOutPairs open(
      Experiment experiment,
      PromptSource pairs,
      CausalLm policy,
      ThreadLanes lanes,
      Collator collator) {
    try (HeldReference reference = HeldReference.of(experiment, policy, lanes, collator)) {
      return new HeldOutPairs(experiment, pairs, lanes, collator, reference.model());
    }
  }

  /** Ranks the pairs by {@code policy}, the weights after {@code step}, if that is due. */
  void report(long step, CausalLm policy, StepReport report) {
    if (!eval.isDueAfter(step, steps)) {
      return;
    }
    double[] differences = differences(policy);
    double margins = 0;
    int right = 0;
    for (int pair = 0; pair < differences.length; pair++) {
      double margin = differences[pair] - reference[pair];
      margins += margin;
      right += margin > 0 ? 1 : 0;
    }
    report.put("eval/pairs/accuracy", (double) right / differences.length);
    report.put("eval/pairs/margin", margins / differences.length);
  }

  /** The log-probability of each chosen response minus that of the rejected one. */
  private double[] differences(CausalLm model) {
    double[] differences = new double[Math.toIntExact(pairs.size())];
    for (int from = 0; from < differences.length; from += PAIRS_AT_ONCE) {
      int to = Math.min(differences.length, from + PAIRS_AT_ONCE);
      ModelPasses.score(
          lanes,
          model,
          collator.microbatches(items(from, to)),
          PairwiseUpdate.TEMPERATURE,
          (batch, pass) -> {
            float[] logprobs = pass.logprobs().toFloatArray(); // [B, R]
            int width = batch.sequences().width();
            for (int b = 0; b < batch.rows().size(); b++) {
              int row = batch.rows().get(b);
              int length = batch.sequences().rows().get(b).response().length();
              double sum = 0;
              for (int token = 0; token < length; token++) {
                sum += logprobs[b * width + token];
              }
              differences[row / 2] += row % 2 == 0 ? sum : -sum;
            }
          });
    }
    return differences;
  }

  private List<Collator.Item> items(int from, int to) {
    List<Collator.Item> items = new ArrayList<>();
    for (int pair = from; pair < to; pair++) {
      Prompt prompt = pairs.at(pair);
      for (int side = 0; side < 2; side++) {
        items.add(
            new Collator.Item(
                2 * pair + side,
                pair - from,
                prompt.tokens(),
                prompt.responses().get(side).tokens()));
      }
    }
    return items;
  }
}
