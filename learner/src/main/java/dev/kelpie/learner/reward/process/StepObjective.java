package dev.kelpie.learner.reward.process;

import static dev.kelpie.tensors.Scalars.mul;

import ai.djl.ndarray.NDArray;
import dev.kelpie.algorithms.Metrics;
import dev.kelpie.algorithms.preference.RewardModelLoss;
import dev.kelpie.learner.NonFiniteException;
import dev.kelpie.learner.TrainedModel;
import dev.kelpie.learner.rows.Collator;
import dev.kelpie.learner.rows.Microbatch;
import dev.kelpie.model.Forward;
import dev.kelpie.model.score.SequenceScore;
import dev.kelpie.model.score.TokenScores;
import dev.kelpie.tensors.TrainingScope;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The mean cross-entropy of the steps of a batch of responses, of which a microbatch has its share:
 * the label of a step is read at the last token of its separator, 1 for right and 0 for wrong.
 *
 * <p>Lightman et al. 2023, https://arxiv.org/abs/2305.20050, in the form of TRL's trainer.
 */
record StepObjective(List<StepRow> batch) implements TrainedModel.Objective {
  /** Outputs of the head: wrong and right. */
  static final int OUTPUTS = 2;

  StepObjective {
    batch = List.copyOf(batch);
  }

  /** The rows to be placed; row i is {@code batch} i. */
  static List<Collator.Item> items(List<StepRow> rows) {
    List<Collator.Item> items = new ArrayList<>();
    for (int row = 0; row < rows.size(); row++) {
      StepRow steps = rows.get(row);
      items.add(
          new Collator.Item(row, row, steps.prompt(), SequenceScore.placed(steps.response())));
    }
    return items;
  }

  /** The ends of the steps of each row of a microbatch. */
  static List<List<Integer>> ends(List<StepRow> rows, Microbatch batch) {
    return batch.rows().stream().map(row -> rows.get(row).ends()).toList();
  }

  @Override
  public Metrics learn(Forward forward, Microbatch rows, TrainingScope scope) {
    List<List<Integer>> ends = ends(batch, rows);
    float[] outputs = TokenScores.of(rows.sequences(), forward, ends);
    int count = outputs.length / OUTPUTS;
    float[] labels = new float[count];
    int at = 0;
    for (int row : rows.rows()) {
      for (boolean right : batch.get(row).right()) {
        labels[at++] = right ? 1 : 0;
      }
    }
    NDArray logits = scope.leaf(scope.floats(outputs, 1, count, OUTPUTS)); // [1, N, 2]
    NDArray mean = RewardModelLoss.processReward(logits, scope.floats(labels, 1, count)); // []
    int all = batch.stream().mapToInt(row -> row.ends().size()).sum();
    NDArray part = mul(mean, (float) count / all); // []
    double value = part.stopGradient().getFloat();
    if (!Double.isFinite(value)) {
      throw new NonFiniteException(
          String.format(
              Locale.ROOT,
              "reward_model/loss: %s (expected: finite), rows %s",
              value,
              rows.rows().stream().map(row -> batch.get(row).id()).toList()));
    }
    float[] gradients = scope.gradients(part, List.of(logits)).get(0).toFloatArray();
    forward.backwardValues(TokenScores.gradient(rows.sequences(), gradients, ends, scope));
    double right = 0;
    for (int i = 0; i < count; i++) {
      right += (outputs[OUTPUTS * i + 1] > outputs[OUTPUTS * i]) == (labels[i] > 0) ? 1 : 0;
    }
    return new Metrics()
        .sum("reward_model/loss", value)
        .mean("reward_model/accuracy", right, count);
  }
}
