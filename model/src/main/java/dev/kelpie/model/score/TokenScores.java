package dev.kelpie.model.score;

import ai.djl.ndarray.NDArray;
import dev.kelpie.model.Forward;
import dev.kelpie.model.SequenceBatch;
import dev.kelpie.tensors.TensorScope;
import java.util.List;

/**
 * The outputs of a head at some tokens of each response, such as the ends of its steps. Responses
 * are placed, see {@link SequenceScore#placed}.
 */
public final class TokenScores {
  private TokenScores() {}

  /**
   * The outputs [N x O] at all {@code tokens}, row by row.
   *
   * @param tokens places in the response of each row of {@code batch}
   */
  public static float[] of(SequenceBatch batch, Forward pass, List<List<Integer>> tokens) {
    float[] values = pass.values().toFloatArray(); // [B, R, O]
    int outputs = values.length / (batch.rows().size() * batch.width());
    int count = tokens.stream().mapToInt(List::size).sum();
    float[] scores = new float[count * outputs];
    int to = 0;
    for (int b = 0; b < tokens.size(); b++) {
      for (int token : tokens.get(b)) {
        System.arraycopy(values, at(batch, b, token) * outputs, scores, to, outputs);
        to += outputs;
      }
    }
    return scores;
  }

  /** Gradients of the values [B, R, O], given those of {@link #of}. */
  public static NDArray gradient(
      SequenceBatch batch, float[] gradients, List<List<Integer>> tokens, TensorScope scope) {
    int outputs = gradients.length / tokens.stream().mapToInt(List::size).sum();
    int rows = batch.rows().size();
    float[] values = new float[rows * batch.width() * outputs];
    int from = 0;
    for (int b = 0; b < tokens.size(); b++) {
      for (int token : tokens.get(b)) {
        System.arraycopy(gradients, from, values, at(batch, b, token) * outputs, outputs);
        from += outputs;
      }
    }
    return scope.floats(values, rows, batch.width(), outputs); // [B, R, O]
  }

  /** The state after a token is that before the next one. */
  private static int at(SequenceBatch batch, int row, int token) {
    return row * batch.width() + token + 1;
  }
}
