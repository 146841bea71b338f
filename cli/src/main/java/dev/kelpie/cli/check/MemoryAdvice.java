package dev.kelpie.cli.check;

import dev.kelpie.config.ConfigException;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.LearnerOptions;
import dev.kelpie.config.RolloutOptions;
import dev.kelpie.config.file.LoadedExperiment;
import dev.kelpie.learner.AlgorithmChecks;
import dev.kelpie.learner.rows.Collator;
import dev.kelpie.model.architecture.ModelConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Finds the key of an experiment that saves the most memory: each is tried, and planned again. */
final class MemoryAdvice {
  private static final String TOO_LITTLE =
      ", which is not enough; fewer or shorter responses or a smaller model need less";

  private MemoryAdvice() {}

  private record Saving(String change, long bytes) {}

  /**
   * The change that saves the most with what it saves, in words; empty where none saves any.
   *
   * @param limit bytes that the plan should fit into
   */
  static String of(LoadedExperiment loaded, ModelConfig model, long limit) {
    long total = MemoryPlan.of(loaded.experiment(), model).total();
    Optional<Saving> best =
        changes(loaded.experiment(), model).stream()
            .map(change -> new Saving(change, total - total(loaded, model, change, total)))
            .filter(saving -> saving.bytes() > 0)
            .max((a, b) -> Long.compare(a.bytes(), b.bytes()));
    return best.map(
            saving ->
                String.format(
                    Locale.ROOT,
                    "%s would help most and save about %s%s",
                    saving.change().replace("=", " = "),
                    MemoryPlan.mebibytes(saving.bytes()),
                    total - saving.bytes() > limit ? TOO_LITTLE : ""))
        .orElse("");
  }

  /** Changes with the same data and the same algorithm; an adapter trains less of the policy. */
  private static List<String> changes(Experiment experiment, ModelConfig model) {
    List<String> changes = new ArrayList<>();
    RolloutOptions rollout = experiment.rollout();
    if (!experiment.policy().lora().used()) {
      changes.add("policy.lora.rank=16");
    }
    if (experiment.learner().precision() == LearnerOptions.Precision.BF16) {
      changes.add("learner.precision=fp32"); // without copies in bfloat16
    }
    boolean full =
        rollout.precision() == RolloutOptions.Precision.AUTO
            || rollout.precision() == RolloutOptions.Precision.FP32;
    if (full && model.style().experts().isEmpty()) {
      changes.add("rollout.precision=bf16");
    }
    long sequence = experiment.data().maxPromptTokens() + (long) rollout.maxNewTokens();
    if (sequence < Collator.of(experiment.learner(), model).tokenBudget()) {
      changes.add("learner.token-budget=" + sequence);
    }
    changes.add("rollout.unit-prompts=1");
    changes.add("rollout.workers=1");
    changes.add("learner.threads=1");
    return changes;
  }

  private static long total(
      LoadedExperiment loaded, ModelConfig model, String change, long otherwise) {
    try {
      LoadedExperiment changed = loaded.with(change);
      changed.check(AlgorithmChecks::check);
      return MemoryPlan.of(changed.experiment(), model).total();
    } catch (ConfigException | IllegalArgumentException e) {
      return otherwise; // the experiment does not allow it
    }
  }
}
