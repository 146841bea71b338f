package dev.kelpie.learner;

import dev.kelpie.learner.rows.Microbatch;
import dev.kelpie.learner.rows.StepRows;
import java.util.List;
import java.util.Set;

/** Statistics of the policy's distributions over the vocabulary as numbers of tokens, by name. */
final class VocabularyNumbers {
  private static final Set<String> NAMES = Set.of(StepRows.CERTAINTY, StepRows.SQUARES);

  private VocabularyNumbers() {}

  /** Gives {@code rows} those of {@code names} that are such statistics. */
  static void fill(
      Set<String> names,
      TrainedModel policy,
      List<Microbatch> batches,
      double temperature,
      StepRows rows) {
    if (names.stream().noneMatch(NAMES::contains)) {
      return;
    }
    policy.statistics(
        batches,
        temperature,
        (batch, statistics) -> {
          rows.putNamed(StepRows.CERTAINTY, batch, statistics.certainty());
          rows.putNamed(StepRows.SQUARES, batch, statistics.squares());
        });
  }
}
