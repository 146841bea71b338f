package dev.kelpie.learner;

import ai.djl.ndarray.NDArray;
import dev.kelpie.algorithms.Metrics;
import dev.kelpie.config.ConfigException;
import dev.kelpie.config.Experiment;
import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.PromptSource;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.experience.WeightSnapshot;
import dev.kelpie.learner.adapter.PolicyAdapter;
import dev.kelpie.learner.optimizer.LearningRate;
import dev.kelpie.learner.rows.Collator;
import dev.kelpie.learner.rows.Microbatch;
import dev.kelpie.learner.rows.ModelPasses;
import dev.kelpie.model.Forward;
import dev.kelpie.model.ParameterLayout.Heads;
import dev.kelpie.model.StopTokens;
import dev.kelpie.model.Tokenizer;
import dev.kelpie.model.architecture.ModelConfig;
import dev.kelpie.tensors.NativeThread;
import dev.kelpie.tensors.ThreadLanes;
import dev.kelpie.tensors.TrainingScope;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Supervised training on pairs of prompt and response: the mean over the response's tokens, its end
 * included, of their negative log-probability. Same model, optimiser and schedule as the {@link
 * Learner}.
 *
 * <p>A response ends with a token that ends generation. One that a chat template wrote ends with
 * the template's own, and what the template writes behind that, such as a line break, is not
 * learned, because the policy never gets to write it. A response without such a token gets the
 * first of them.
 */
public final class Sft {
  /** Listener that is called after every step. */
  @FunctionalInterface
  public interface Progress {
    /**
     * Reports step {@code step} of {@code steps}, counted from 1.
     *
     * @param loss in nats per token, before the step
     */
    void report(int step, int steps, double loss, double gradNorm, double learningRate);
  }

  private final Experiment experiment;
  private final PromptSource demonstrations;
  private final Tokenizer tokenizer;
  private final TokenIds stops;
  private final ThreadLanes lanes;
  private final Collator collator;

  private Sft(
      Experiment experiment, PromptSource demonstrations, Tokenizer tokenizer, TokenIds stops) {
    this.experiment = experiment;
    this.demonstrations = demonstrations;
    this.tokenizer = tokenizer;
    this.stops = stops;
    ModelConfig model = ModelConfig.open(Path.of(experiment.policy().path()));
    this.lanes = ModelPasses.lanes(model, experiment.learner().threads());
    this.collator = Collator.of(experiment.learner(), model);
  }

  /**
   * Trains the experiment's policy and writes it to {@code folder}, a checkpoint that transformers
   * loads, or an adapter that PEFT loads.
   *
   * @param demonstrations prompts whose metadata holds the response under the name {@code
   *     sft.response}; step s takes the {@code sft.batch-size} positions after those of step s - 1
   */
  public static void run(
      Experiment experiment, PromptSource demonstrations, Path folder, Progress progress) {
    Path source = Path.of(experiment.policy().path());
    TokenIds stops = StopTokens.open(source).ids();
    if (stops.length() == 0) {
      throw new ConfigException(
          "policy.path: " + source + " has no eos_token_id (expected: one, to end responses with)");
    }
    NativeThread thread = NativeThread.start("sft", experiment.learner().threads());
    try (Tokenizer tokenizer = Tokenizer.open(source)) {
      Sft sft = new Sft(experiment, demonstrations, tokenizer, stops);
      sft.requireFit(ModelConfig.open(source).maxPositions());
      try (ThreadLanes lanes = sft.lanes) {
        thread.call(() -> sft.train(folder, source, progress));
      }
    } finally {
      thread.close();
    }
  }

  /** Refuses a demonstration that is longer than the model's positions, before the first step. */
  private void requireFit(int positions) {
    long drawn = (long) experiment.sft().steps() * experiment.sft().batchSize();
    for (long i = 0; i < Math.min(drawn, demonstrations.size()); i++) {
      Prompt prompt = demonstrations.at(i);
      int response = response(prompt).length();
      if (prompt.tokens().length() + response > positions) {
        throw new ConfigException(
            String.format(
                Locale.ROOT,
                "%s: %d tokens of prompt and %d of response (expected: together at most the"
                    + " model's %d positions, max_position_embeddings; data.max-prompt-tokens"
                    + " leaves longer prompts out)",
                prompt.id(),
                prompt.tokens().length(),
                response,
                positions));
      }
    }
  }

  private boolean train(Path folder, Path source, Progress progress) {
    int steps = experiment.sft().steps();
    LearningRate rates =
        new LearningRate(experiment.learner(), experiment.learner().learningRate(), steps);
    try (TrainedModel policy =
        new TrainedModel(
            "policy",
            PolicyAdapter.adapted(experiment, Learner.policy(experiment, Heads.VOCABULARY)),
            experiment.learner(),
            lanes)) {
      for (int step = 1; step <= steps; step++) {
        List<Collator.Item> items = items(step - 1);
        int tokens = items.stream().mapToInt(item -> item.response().length()).sum();
        double rate = rates.at(step - 1);
        Map<String, Double> numbers =
            policy.step(
                collator.microbatches(items),
                1,
                rate,
                (forward, batch, scope) -> learn(forward, batch, scope, tokens));
        progress.report(
            step,
            steps,
            numbers.getOrDefault("policy/loss", Double.NaN),
            numbers.getOrDefault("policy/grad_norm", Double.NaN),
            rate);
      }
      WeightSnapshot weights = policy.model().snapshot("policy", new PolicyVersion(steps));
      PolicyAdapter.write(folder, weights, PolicyAdapter.config(experiment), source);
    }
    return true;
  }

  private static Metrics learn(Forward forward, Microbatch batch, TrainingScope scope, int tokens) {
    int width = batch.sequences().width();
    float[] gradient = new float[batch.rows().size() * width];
    for (int b = 0; b < batch.rows().size(); b++) {
      int length = batch.sequences().rows().get(b).response().length();
      Arrays.fill(gradient, b * width, b * width + length, -1f / tokens);
    }
    NDArray weights = scope.floats(gradient, batch.rows().size(), width); // [B, R]
    double loss = weights.mul(forward.logprobs()).sum().getFloat();
    Finite.require("policy/loss", loss, List.of(), batch, row -> "row " + row);
    forward.backward(weights);
    return new Metrics().sum("policy/loss", loss);
  }

  private List<Collator.Item> items(int step) {
    int size = experiment.sft().batchSize();
    List<Collator.Item> items = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      Prompt prompt = demonstrations.at((long) step * size + i);
      items.add(new Collator.Item(i, i, prompt.tokens(), response(prompt)));
    }
    return items;
  }

  private TokenIds response(Prompt prompt) {
    String column = experiment.sft().response();
    String text = prompt.metadata().get(column);
    if (text == null) {
      throw new ConfigException(
          "sft.response: " + column + " (expected: a column that row " + prompt.id() + " has)");
    }
    return new StopTokens(stops).end(tokenizer.encode(text, false), experiment.data().chat());
  }
}
