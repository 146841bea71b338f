package dev.kelpie.learner.reward;

import dev.kelpie.algorithms.Metrics;
import dev.kelpie.learner.NonFiniteException;
import dev.kelpie.learner.TrainedModel;
import dev.kelpie.learner.rows.Microbatch;
import dev.kelpie.model.Forward;
import dev.kelpie.model.score.SequenceScore;
import dev.kelpie.tensors.TrainingScope;
import java.util.List;
import java.util.Locale;

/**
 * The mean distance {@code |r_i - r_j|} of the scores of pairs of responses, which an inner step of
 * MetaRM raises: the gradient of a score is +1/N or -1/N, and 0 where both are equal.
 *
 * <p>Secrets of RLHF II, https://arxiv.org/abs/2401.06080.
 *
 * @param pairs number of pairs of the whole batch, N; rows are those of {@link PairItems}
 */
record DifferenceObjective(int pairs) implements TrainedModel.Objective {
  static final String METRIC = "reward_model/meta/difference";

  @Override
  public Metrics learn(Forward forward, Microbatch rows, TrainingScope scope) {
    float[] scores = SequenceScore.of(rows.sequences(), forward);
    float[] gradients = new float[scores.length];
    for (int b = 0; b < scores.length; b++) {
      int other = other(rows.rows(), b);
      gradients[b] = Math.signum(scores[b] - scores[other]) / pairs;
    }
    double value = sum(rows, scores) / pairs;
    if (!Double.isFinite(value)) {
      throw new NonFiniteException(
          String.format(Locale.ROOT, "%s: %s (expected: finite)", METRIC, value));
    }
    forward.backwardValues(SequenceScore.gradient(rows.sequences(), gradients, scope));
    return new Metrics().sum(METRIC, value);
  }

  /** The sum of the distances of the pairs of a microbatch, whose scores are given. */
  static double sum(Microbatch rows, float[] scores) {
    double sum = 0;
    for (int b = 0; b < scores.length; b++) {
      if (rows.rows().get(b) % 2 == 0) {
        sum += Math.abs((double) scores[b] - scores[other(rows.rows(), b)]);
      }
    }
    return sum;
  }

  /** The place of the other side of a pair. */
  private static int other(List<Integer> rows, int place) {
    int row = rows.get(place);
    return rows.indexOf(row % 2 == 0 ? row + 1 : row - 1);
  }
}
