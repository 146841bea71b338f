package dev.kelpie.learner.reward;

import static dev.kelpie.tensors.Scalars.mul;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import dev.kelpie.algorithms.Metrics;
import dev.kelpie.algorithms.score.ScoreLoss;
import dev.kelpie.learner.NonFiniteException;
import dev.kelpie.learner.TrainedModel;
import dev.kelpie.learner.rows.Microbatch;
import dev.kelpie.model.Forward;
import dev.kelpie.model.score.SequenceScore;
import dev.kelpie.tensors.TrainingScope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * The mean loss of a batch of pairs, of which a microbatch has its share; both sides of a pair are
 * in one microbatch.
 *
 * @param batch the pairs; rows of microbatches are those of {@link PairItems}
 */
record PairObjective(ScoreLoss loss, List<ScorePair> batch) implements TrainedModel.Objective {
  PairObjective {
    batch = List.copyOf(batch);
  }

  @Override
  public Metrics learn(Forward forward, Microbatch rows, TrainingScope scope) {
    float[] scores = SequenceScore.of(rows.sequences(), forward);
    List<Integer> chosenAt = new ArrayList<>(); // places within the microbatch
    List<Integer> rejectedAt = new ArrayList<>();
    List<ScorePair> pairs = new ArrayList<>();
    int outputs = loss.outputs();
    for (int b = 0; b < scores.length / outputs; b++) {
      int row = rows.rows().get(b);
      if (row % 2 == 0) {
        chosenAt.add(b);
        rejectedAt.add(rows.rows().indexOf(row + 1));
        pairs.add(batch.get(row / 2));
      }
    }
    int count = pairs.size();
    NDArray chosen = scope.leaf(floats(scope, scores, chosenAt)); // [N, O]
    NDArray rejected = scope.leaf(floats(scope, scores, rejectedAt)); // [N, O]
    NDArray mean =
        loss.evaluate(chosen, rejected, name -> scope.floats(column(pairs, name), count, 1)); // []
    NDArray part = mul(mean, (float) count / batch.size()); // []
    double value = part.stopGradient().getFloat();
    requireFinite(value, pairs);
    NDList gradients = scope.gradients(part, List.of(chosen, rejected));
    float[] all = new float[scores.length];
    put(gradients.get(0), chosenAt, all);
    put(gradients.get(1), rejectedAt, all);
    forward.backwardValues(SequenceScore.gradient(rows.sequences(), all, scope));
    double right = 0;
    double margin = 0;
    for (int i = 0; i < count; i++) {
      double difference = difference(scores, chosenAt.get(i), rejectedAt.get(i));
      right += difference > 0 ? 1 : 0;
      margin += difference;
    }
    return new Metrics()
        .sum("reward_model/loss", value)
        .mean("reward_model/accuracy", right, count)
        .mean("reward_model/margin", margin, count);
  }

  /** The outputs of some rows [N, O]. */
  private NDArray floats(TrainingScope scope, float[] scores, List<Integer> places) {
    int outputs = loss.outputs();
    float[] picked = new float[places.size() * outputs];
    for (int i = 0; i < places.size(); i++) {
      System.arraycopy(scores, places.get(i) * outputs, picked, i * outputs, outputs);
    }
    return scope.floats(picked, places.size(), outputs); // [N, O]
  }

  private void put(NDArray gradient, List<Integer> places, float[] all) {
    float[] numbers = gradient.toFloatArray(); // [N, O]
    int outputs = loss.outputs();
    for (int i = 0; i < places.size(); i++) {
      System.arraycopy(numbers, i * outputs, all, places.get(i) * outputs, outputs);
    }
  }

  /** Chosen minus rejected reward, or the log-odds of a preference head. */
  private double difference(float[] scores, int chosen, int rejected) {
    return loss.head()
        .map(head -> head.logOdds(vector(scores, chosen), vector(scores, rejected)))
        .orElseGet(() -> (double) scores[chosen] - scores[rejected]);
  }

  private float[] vector(float[] scores, int row) {
    int outputs = loss.outputs();
    return Arrays.copyOfRange(scores, row * outputs, (row + 1) * outputs);
  }

  private static float[] column(List<ScorePair> pairs, String name) {
    float[] numbers = new float[pairs.size()];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = pairs.get(i).numbers().getOrDefault(name, Double.NaN).floatValue();
    }
    return numbers;
  }

  private static void requireFinite(double value, List<ScorePair> pairs) {
    if (!Double.isFinite(value)) {
      throw new NonFiniteException(
          String.format(
              Locale.ROOT,
              "reward_model/loss: %s (expected: finite), pairs %s",
              value,
              pairs.stream().map(ScorePair::id).toList()));
    }
  }
}
