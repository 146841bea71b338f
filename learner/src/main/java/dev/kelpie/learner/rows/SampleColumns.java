package dev.kelpie.learner.rows;

import dev.kelpie.algorithms.TokenBatch.Column;
import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.SampleId;
import dev.kelpie.experience.Trajectory;
import java.util.HashMap;
import java.util.Map;

/** The numbers of a step's responses by their sample, as a run records them. */
public final class SampleColumns {
  private SampleColumns() {}

  /** The rows that {@code column} has. */
  public static Map<SampleId, PerToken> of(StepRows rows, Column column) {
    Map<SampleId, PerToken> numbers = new HashMap<>();
    for (int i = 0; i < rows.withBeside().size(); i++) {
      PerToken row = rows.find(column, i);
      if (row != null) {
        numbers.put(rows.row(i).trajectory().id(), row);
      }
    }
    return numbers;
  }

  /**
   * The policy's log-probabilities under the weights that the step began with, of the rows that
   * were scored; a row that keeps those of its sampling instead was not.
   */
  @SuppressWarnings("ReferenceEquality") // equal numbers may have been scored; the object was not
  public static Map<SampleId, PerToken> scoredLogprobs(StepRows rows) {
    Map<SampleId, PerToken> scored = of(rows, Column.OLD_LOGPROBS);
    for (StepRow row : rows.withBeside()) {
      Trajectory trajectory = row.trajectory();
      if (scored.get(trajectory.id()) == trajectory.rolloutLogprobs()) {
        scored.remove(trajectory.id());
      }
    }
    return scored;
  }
}
