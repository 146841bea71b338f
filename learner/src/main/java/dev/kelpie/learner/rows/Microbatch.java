package dev.kelpie.learner.rows;

import dev.kelpie.model.SequenceBatch;
import java.util.List;

/**
 * Responses that go through the model together.
 *
 * @param rows their indices within the step, one for each row of {@code sequences}
 * @param sequences their tokens
 */
public record Microbatch(List<Integer> rows, SequenceBatch sequences) {
  public Microbatch {
    rows = List.copyOf(rows);
  }
}
