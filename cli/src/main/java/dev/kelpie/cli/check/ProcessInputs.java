package dev.kelpie.cli.check;

import dev.kelpie.config.DataForm;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.RewardModelOptions;
import dev.kelpie.config.file.LoadedExperiment;
import dev.kelpie.config.named.MixOptions;
import dev.kelpie.experience.MetadataColumns;
import dev.kelpie.learner.adapter.PolicyAdapter;
import dev.kelpie.learner.reward.process.ProcessTraining;
import dev.kelpie.model.Tokenizer;
import dev.kelpie.model.architecture.CheckpointException;
import dev.kelpie.model.architecture.ModelConfig;
import dev.kelpie.rollout.JsonlPromptSource;
import dev.kelpie.rollout.ReadOptions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The inputs of the training of a process reward model. Everything a user may have got wrong is
 * read here, before a folder is written.
 *
 * @param rows prompts with the columns of steps and labels
 * @param tokenizer encodes steps
 * @param notes for the user
 */
public record ProcessInputs(
    Experiment experiment, JsonlPromptSource rows, Tokenizer tokenizer, List<String> notes)
    implements AutoCloseable {
  public ProcessInputs {
    notes = List.copyOf(notes);
  }

  /** The columns that {@code experiment} reads of its rows. */
  public static MetadataColumns columns(Experiment experiment) {
    RewardModelOptions options = experiment.rewardModel();
    return MetadataColumns.of(options.completions(), options.labels());
  }

  /**
   * Reads and checks what {@code loaded} names.
   *
   * @param options how the data is read
   * @throws dev.kelpie.config.ConfigException on a wrong value
   */
  public static ProcessInputs open(LoadedExperiment loaded, ReadOptions options) {
    Path policy = RunInputs.policy(loaded);
    Experiment experiment = loaded.experiment();
    if (experiment.data().form() != DataForm.PROMPTS) {
      throw loaded.error(
          "data.form",
          experiment.data().form().label(),
          "prompts, beside which reward-model.completions names the steps");
    }
    if (!experiment.eval().pairsPath().isEmpty()) {
      throw loaded.error(
          "eval.pairs-path",
          experiment.eval().pairsPath(),
          "no value, because steps of held-out prompts of data.path measure a process reward"
              + " model");
    }
    ModelConfig model = ModelConfig.open(policy);
    if (model.labels() > 0 && !(model.labelsTokens() && model.labels() == 2)) {
      throw loaded.error(
          "policy.path",
          policy,
          "a language model, or a process reward model with two labels; this is a "
              + model.architecture());
    }
    MixOptions.requireNone(experiment, "kelpie reward-model");
    PolicyAdapter.requireNone(experiment, "a reward model has none");
    RunInputs.requireWholePolicy(experiment, policy);
    List<String> notes = new ArrayList<>(PolicyNotes.of(experiment, policy));
    Tokenizer tokenizer = Tokenizer.open(policy);
    try {
      requireSeparator(loaded, experiment.rewardModel().separator(), tokenizer);
      JsonlPromptSource rows =
          RunInputs.prompts(
              experiment,
              experiment.data().inFileOrder(),
              options.withVariants(RewardModelInputs.variant(loaded)));
      DataNotes.add(experiment, notes, "data.path", rows);
      return new ProcessInputs(experiment, rows, tokenizer, notes);
    } catch (RuntimeException e) {
      tokenizer.close();
      throw e;
    }
  }

  private static void requireSeparator(
      LoadedExperiment loaded, String separator, Tokenizer tokenizer) {
    boolean written;
    try {
      written = tokenizer.encode(separator, false).length() > 0;
    } catch (CheckpointException e) {
      written = false;
    }
    if (!written) {
      throw loaded.error(
          "reward-model.separator",
          separator.replace("\n", "\\n"),
          "a text that can be written in the policy's tokens");
    }
  }

  /**
   * Reads all rows once and splits them.
   *
   * @throws dev.kelpie.config.ConfigException if a row is wrong or nothing is left to train on
   */
  public ProcessTraining split() {
    return ProcessTraining.open(experiment, rows, rows.sha256(), tokenizer);
  }

  @Override
  public void close() {
    rows.close();
    tokenizer.close();
  }
}
