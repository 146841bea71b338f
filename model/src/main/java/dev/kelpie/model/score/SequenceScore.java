package dev.kelpie.model.score;

import ai.djl.ndarray.NDArray;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.model.Forward;
import dev.kelpie.model.SequenceBatch;
import dev.kelpie.tensors.TensorScope;
import java.util.Arrays;

/**
 * The score of a whole sequence: the number that a model with a score head gives for the state
 * after the sequence's last token.
 *
 * <p>{@link Forward#values} has the number of the state before each token. So a scored response
 * gets a place more behind its tokens, whose own token is never looked up: the column of that place
 * is the state after the last token.
 */
public final class SequenceScore {
  private static final int PLACE = 0; // any token: what is predicted there is not read

  private SequenceScore() {}

  /** {@code response} with a place more behind it. */
  public static TokenIds placed(TokenIds response) {
    int[] ids = Arrays.copyOf(response.toArray(), response.length() + 1);
    ids[response.length()] = PLACE;
    return TokenIds.of(ids);
  }

  /** The scores [B] of the rows of {@code batch}, whose responses are {@link #placed}. */
  public static float[] of(SequenceBatch batch, Forward pass) {
    float[] values = pass.values().toFloatArray(); // [B, R]
    float[] scores = new float[batch.rows().size()];
    for (int b = 0; b < scores.length; b++) {
      scores[b] = values[at(batch, b)];
    }
    return scores;
  }

  /** Gradients of the values [B, R], given those of the scores. */
  public static NDArray gradient(SequenceBatch batch, float[] gradients, TensorScope scope) {
    float[] values = new float[gradients.length * batch.width()];
    for (int b = 0; b < gradients.length; b++) {
      values[at(batch, b)] = gradients[b];
    }
    return scope.floats(values, gradients.length, batch.width()); // [B, R]
  }

  private static int at(SequenceBatch batch, int row) {
    return row * batch.width() + batch.rows().get(row).response().length() - 1;
  }
}
