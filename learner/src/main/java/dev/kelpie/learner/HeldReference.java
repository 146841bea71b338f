package dev.kelpie.learner;

import dev.kelpie.algorithms.TokenBatch.Column;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.IterationOptions;
import dev.kelpie.config.ReferenceOptions;
import dev.kelpie.config.named.ModelOptions;
import dev.kelpie.experience.WeightSnapshot;
import dev.kelpie.learner.rows.Collator;
import dev.kelpie.learner.rows.Microbatch;
import dev.kelpie.learner.rows.ModelPasses;
import dev.kelpie.learner.rows.StepRows;
import dev.kelpie.learner.state.StateFile;
import dev.kelpie.model.CausalLm;
import dev.kelpie.model.Forward;
import dev.kelpie.model.ParameterLayout.Heads;
import dev.kelpie.model.architecture.CheckpointException;
import dev.kelpie.tensors.ThreadLanes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;

/**
 * The reference policy beside the policy itself, for losses that need more of it than
 * log-probabilities of the sampled responses: the distribution over the whole vocabulary, or
 * responses under other prompts. It follows the learner's own versions by the schedule of {@code
 * reference}, and is part of the learner's checkpoint where that moves.
 */
final class HeldReference implements AutoCloseable {
  private static final String FILE = "held-reference.safetensors";

  private final ReferenceOptions options;
  private final IterationOptions iterations;
  private final CausalLm model;
  private final boolean ownsModel;
  private final ThreadLanes lanes;
  private final Collator collator;

  private HeldReference(
      ReferenceOptions options,
      IterationOptions iterations,
      CausalLm model,
      boolean ownsModel,
      ThreadLanes lanes,
      Collator collator) {
    this.ownsModel = ownsModel;
    this.options = options;
    this.iterations = iterations;
    this.model = model;
    this.lanes = lanes;
    this.collator = collator;
  }

  /**
   * The experiment's reference on the calling thread and {@code lanes}. The caller closes it.
   *
   * @param vocabulary size of the policy's vocabulary, which must be the reference's
   */
  private static HeldReference open(
      Experiment experiment, int vocabulary, ThreadLanes lanes, Collator collator) {
    ReferenceOptions options = ModelOptions.asReference(experiment);
    String path = options.path();
    CausalLm model =
        path.isEmpty()
            ? Learner.policy(experiment, Heads.VOCABULARY)
            : CausalLm.open(Path.of(path), Heads.VOCABULARY);
    model.multiplyIn(experiment.learner().precision());
    int found = model.config().vocabularySize();
    if (found != vocabulary) {
      model.close();
      throw new CheckpointException(
          "reference.path: "
              + path
              + " has "
              + found
              + " tokens (expected: "
              + vocabulary
              + ", the policy's vocabulary)");
    }
    return new HeldReference(options, experiment.iterations(), model, true, lanes, collator);
  }

  /** The same of {@code policy}: its base where it has an adapter, else a model of its own. */
  static HeldReference of(
      Experiment experiment, CausalLm policy, ThreadLanes lanes, Collator collator) {
    return policy
        .base()
        .map(
            base ->
                new HeldReference(
                    ModelOptions.asReference(experiment),
                    experiment.iterations(),
                    base,
                    false,
                    lanes,
                    collator))
        .orElseGet(() -> open(experiment, policy.config().vocabularySize(), lanes, collator));
  }

  CausalLm model() {
    return model;
  }

  /** Fills the reference's log-probabilities of the rows {@code used}. */
  void score(StepRows rows, Collection<Integer> used) {
    score(
        collator.microbatches(rows.pieces().wholeGroups(List.copyOf(used))),
        (batch, pass) -> rows.putMissing(Column.REFERENCE_LOGPROBS, batch, pass.logprobs()));
  }

  /** The same of the rows {@code items}, at the sampling temperature {@code temperature}. */
  void score(StepRows rows, List<Integer> items, double temperature) {
    ModelPasses.score(
        lanes,
        model,
        collator.microbatches(rows.pieces().items(items)),
        temperature,
        (batch, pass) -> rows.putMissing(Column.REFERENCE_LOGPROBS, batch, pass.logprobs()));
  }

  /** Passes of {@code batches} at the temperature of losses over pairs. */
  void score(List<Microbatch> batches, BiConsumer<Microbatch, Forward> sink) {
    ModelPasses.score(lanes, model, batches, PairwiseUpdate.TEMPERATURE, sink);
  }

  /** Follows a new version of the policy as the schedule says. */
  void observe(WeightSnapshot published) {
    ReferenceSchedule.follow(model, options, iterations, published);
  }

  /** Writes weights that have moved into {@code folder}. */
  void save(Path folder) {
    if (options.schedule().moves()) {
      try {
        StateFile.write(folder.resolve(FILE), parts());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** Continues with the weights in {@code folder}. */
  void restore(Path folder) {
    if (options.schedule().moves()) {
      StateFile.read(folder.resolve(FILE), parts());
    }
  }

  private Map<String, StateFile.Part> parts() {
    return Map.of("reference", StateFile.Part.all(model.parameters()));
  }

  @Override
  public void close() {
    if (ownsModel) {
      model.close();
    }
  }
}
