package dev.kelpie.learner.rows;

import dev.kelpie.config.named.Members;
import java.util.Arrays;
import java.util.List;

/** The sampling temperature of a training step. */
public final class StepTemperature {
  private StepTemperature() {}

  /**
   * The temperature that the policy's own samples were drawn at, that of all rows where it has
   * none.
   */
  public static double of(StepRows step) {
    List<StepRow> rows = step.rows();
    List<StepRow> own =
        rows.stream()
            .filter(row -> row.trajectory().origin().member().equals(Members.POLICY))
            .toList();
    double[] all =
        (own.isEmpty() ? rows : own)
            .stream()
                .mapToDouble(row -> row.trajectory().sampling().temperature())
                .distinct()
                .toArray();
    if (all.length != 1) {
      throw new IllegalStateException(
          "temperatures of one step: " + Arrays.toString(all) + " (expected: one)");
    }
    return all[0];
  }
}
