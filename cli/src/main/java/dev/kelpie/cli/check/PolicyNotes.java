package dev.kelpie.cli.check;

import dev.kelpie.config.Experiment;
import dev.kelpie.config.LearnerOptions;
import dev.kelpie.model.ModelWarnings;
import dev.kelpie.model.training.HalfCost;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What a user must know about the policy and how it is trained here, though nothing is wrong. */
public final class PolicyNotes {
  private PolicyNotes() {}

  /**
   * A warning each, a line each.
   *
   * @param policy its folder
   * @throws dev.kelpie.model.architecture.CheckpointException if one of its files is refused
   */
  public static List<String> of(Experiment experiment, Path policy) {
    List<String> notes = new ArrayList<>();
    ModelWarnings.of(policy).forEach(warning -> notes.add("warning: policy: " + warning));
    if (experiment.learner().precision() == LearnerOptions.Precision.BF16) {
      HalfCost.warning().ifPresent(cost -> notes.add("warning: learner.precision: " + cost));
    }
    return notes;
  }
}
