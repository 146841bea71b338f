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

  /**
   * The scores [B] of the rows of {@code batch}, whose responses are {@link #placed}; of a head
   * with O outputs the vectors of the rows [B, O], one after the other.
   */
  public static float[] of(SequenceBatch batch, Forward pass) {
    float[] values = pass.values().toFloatArray(); // [B, R] or [B, R, O]
    int rows = batch.rows().size();
    int outputs = values.length / (rows * batch.width());
    float[] scores = new float[rows * outputs];
    for (int b = 0; b < rows; b++) {
      System.arraycopy(values, at(batch, b) * outputs, scores, b * outputs, outputs);
    }
    return scores;
  }

  /** Gradients of the values, [B, R] or [B, R, O], given those of {@link #of}. */
  public static NDArray gradient(SequenceBatch batch, float[] gradients, TensorScope scope) {
    int rows = batch.rows().size();
    int outputs = gradients.length / rows;
    float[] values = new float[rows * batch.width() * outputs];
    for (int b = 0; b < rows; b++) {
      System.arraycopy(gradients, b * outputs, values, at(batch, b) * outputs, outputs);
    }
    return outputs == 1
        ? scope.floats(values, rows, batch.width()) // [B, R]
        : scope.floats(values, rows, batch.width(), outputs); // [B, R, O]
  }

  private static int at(SequenceBatch batch, int row) {
    return row * batch.width() + batch.rows().get(row).response().length() - 1;
  }
}
