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
import java.util.Optional;

/**
 * The mean loss of a batch of pairs, of which a microbatch has its share; both sides of a pair are
 * in one microbatch.
 *
 * @param batch the pairs; rows of microbatches are those of {@link PairItems}
 * @param users the numbers of a loss that tells users apart
 * @param step of the update, from 1
 */
record PairObjective(ScoreLoss loss, List<ScorePair> batch, Optional<UserTable> users, int step)
    implements TrainedModel.Objective {
  PairObjective {
    batch = List.copyOf(batch);
  }

  @Override
  public Metrics learn(Forward forward, Microbatch rows, TrainingScope scope) {
    float[] scores = SequenceScore.of(rows.sequences(), forward);
    List<Integer> chosenAt = new ArrayList<>(); // places within the microbatch
    List<Integer> rejectedAt = new ArrayList<>();
    List<ScorePair> pairs = new ArrayList<>();
    List<Integer> places = new ArrayList<>(); // within the batch
    int outputs = loss.outputs();
    for (int b = 0; b < scores.length / outputs; b++) {
      int row = rows.rows().get(b);
      if (row % 2 == 0) {
        chosenAt.add(b);
        rejectedAt.add(rows.rows().indexOf(row + 1));
        pairs.add(batch.get(row / 2));
        places.add(row / 2);
      }
    }
    int count = pairs.size();
    NDArray chosen = scope.leaf(floats(scope, scores, chosenAt)); // [N, O]
    NDArray rejected = scope.leaf(floats(scope, scores, rejectedAt)); // [N, O]
    Optional<UserTable.Leaves> own = users.map(table -> table.leaves(scope, pairs, places, step));
    NDArray mean =
        loss.evaluate(
            chosen,
            rejected,
            name ->
                own.isPresent()
                    ? own.get().of(name)
                    : scope.floats(column(pairs, name), count, 1)); // []
    NDArray part = mul(mean, (float) count / batch.size()); // []
    double value = part.stopGradient().getFloat();
    requireFinite(value, pairs);
    List<NDArray> leaves = new ArrayList<>(List.of(chosen, rejected));
    own.ifPresent(numbers -> leaves.addAll(numbers.all()));
    NDList gradients = scope.gradients(part, leaves);
    own.ifPresent(numbers -> numbers.add(gradients.subList(2, gradients.size())));
    float[] all = new float[scores.length];
    put(gradients.get(0), chosenAt, all);
    put(gradients.get(1), rejectedAt, all);
    forward.backwardValues(SequenceScore.gradient(rows.sequences(), all, scope));
    double right = 0;
    double margin = 0;
    PairScores made =
        PairScores.by(loss, (vector, user) -> users.orElseThrow().score(vector, user));
    for (int i = 0; i < count; i++) {
      double[] both =
          made.of(pairs.get(i), vector(scores, chosenAt.get(i)), vector(scores, rejectedAt.get(i)));
      double difference = both[0] - both[1];
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
