package dev.kelpie.learner.reward;

import dev.kelpie.config.Experiment;
import dev.kelpie.config.RewardModelOptions;
import dev.kelpie.learner.TrainedModel;
import dev.kelpie.learner.rows.Collator;
import dev.kelpie.learner.rows.Microbatch;
import dev.kelpie.learner.rows.ModelPasses;
import dev.kelpie.model.score.SequenceScore;
import dev.kelpie.tensors.ThreadLanes;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * MetaRM: the gradient of the preference loss is taken at {@code theta' = theta + rate * grad mean
 * |r(s_i) - r(s_j)|}, where the scores of a policy's responses are further apart, and moves theta.
 *
 * <p>Secrets of RLHF II, https://arxiv.org/abs/2401.06080, and MetaRM,
 * https://arxiv.org/abs/2405.00438. The gradient is of first order: it is not taken through the
 * inner step.
 */
final class MetaStep {
  private final FreshPairs fresh;
  private final PairReading reading;
  private final RewardModelOptions.Meta options;
  private final RowOrder order;

  /** Takes pairs of {@code fresh} in an order of its own for each seed. */
  MetaStep(FreshPairs fresh, PairReading reading, Experiment experiment) {
    this.fresh = fresh;
    this.reading = reading;
    this.options = experiment.rewardModel().meta();
    int rows = Math.toIntExact(fresh.rows().size());
    this.order = new RowOrder(IntStream.range(0, rows).toArray(), true);
  }

  /**
   * Makes an update. Metrics: those of {@code outer}, and {@code meta/difference}, the mean
   * distance of the scores before the inner step, with {@code meta/difference_after}, that after
   * it.
   */
  Map<String, Double> apply(
      TrainedModel model,
      ThreadLanes lanes,
      Collator collator,
      TrainedModel.Part outer,
      long seed,
      int step,
      double rate) {
    List<ScorePair> pairs = new ArrayList<>();
    for (int i = 0; i < options.batchSize(); i++) {
      long position = (long) (step - 1) * options.batchSize() + i;
      pairs.add(reading.heldOut(fresh.rows().at(order.at(position, seed))));
    }
    List<Microbatch> batches = collator.microbatches(PairItems.of(pairs, true));
    double[] after = new double[1];
    Map<String, Double> numbers =
        new LinkedHashMap<>(
            model.stepAhead(
                new TrainedModel.Part(batches, new DifferenceObjective(pairs.size())),
                options.rate(),
                () ->
                    ModelPasses.score(
                        lanes,
                        model.model(),
                        batches,
                        1,
                        (rows, pass) ->
                            after[0] +=
                                DifferenceObjective.sum(
                                    rows, SequenceScore.of(rows.sequences(), pass))),
                outer,
                rate));
    numbers.put(DifferenceObjective.METRIC + "_after", after[0] / pairs.size());
    return numbers;
  }
}
