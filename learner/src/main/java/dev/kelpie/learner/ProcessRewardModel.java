package dev.kelpie.learner;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import dev.kelpie.algorithms.LossTerms;
import dev.kelpie.algorithms.TokenBatch;
import dev.kelpie.algorithms.TokenBatch.Column;
import dev.kelpie.algorithms.score.ImplicitRewardLoss;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.RewardModelOptions;
import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.experience.ScoredTrajectory;
import dev.kelpie.experience.WeightSnapshot;
import dev.kelpie.learner.rows.Collator;
import dev.kelpie.learner.rows.Microbatch;
import dev.kelpie.learner.rows.StepRows;
import dev.kelpie.learner.rows.StepTemperature;
import dev.kelpie.model.CausalLm;
import dev.kelpie.model.ParameterLayout.Heads;
import dev.kelpie.model.architecture.CheckpointException;
import dev.kelpie.tensors.ThreadLanes;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * An implicit process reward model that is trained in the loop: a language model with an optimiser
 * of its own, whose log-ratio to the reference is the reward of a token. In every step it learns
 * from the outcomes first, by one update of {@link ImplicitRewardLoss}, and then gives the tokens
 * the rewards that advantages are made of. Its version is the number of its updates.
 *
 * <p>Cui et al. 2025, https://arxiv.org/abs/2502.01456, Algorithm 1.
 *
 * @param trained the model
 * @param source folder whose configuration and tokenizer its checkpoint gets
 */
record ProcessRewardModel(
    TrainedModel trained, RewardModelOptions.InTheLoop options, Path source, Collator collator)
    implements AutoCloseable {
  private static final String NAME = "process_reward";

  /**
   * The model of {@code experiment}, which starts as a copy of {@code policy} unless a checkpoint
   * is named. The caller closes it.
   *
   * @throws CheckpointException for a checkpoint of another vocabulary
   */
  static ProcessRewardModel open(Experiment experiment, CausalLm policy, ThreadLanes lanes) {
    RewardModelOptions.InTheLoop options = experiment.processReward();
    boolean own = !options.path().isEmpty();
    CausalLm model =
        own
            ? CausalLm.open(Path.of(options.path()), Heads.VOCABULARY)
            : CausalLm.of(
                policy.config(), Heads.VOCABULARY, policy.snapshot("policy", new PolicyVersion(0)));
    int found = model.config().vocabularySize();
    int wanted = policy.config().vocabularySize();
    if (found != wanted) {
      model.close();
      throw new CheckpointException(
          String.format(
              Locale.ROOT,
              "process-reward.path: %s has %s tokens (expected: %s, the policy's vocabulary)",
              options.path(),
              found,
              wanted));
    }
    return new ProcessRewardModel(
        new TrainedModel(NAME, model, experiment.learner(), lanes),
        options,
        Path.of(own ? options.path() : experiment.policy().path()),
        Collator.of(experiment.learner(), model.config()));
  }

  /** The number of updates so far. */
  long version() {
    return trained.optimizer().step();
  }

  /** Its current weights at its version. */
  WeightSnapshot snapshot() {
    return trained.model().snapshot("process-reward", new PolicyVersion(version()));
  }

  /**
   * One update on the responses that are part of the loss, then the process rewards of all.
   *
   * @param rate the learning rate
   * @return rewards of the tokens [B][R]
   * @throws IllegalArgumentException for a reward outside [0, 1]; nothing has changed
   */
  double[][] learn(StepRows rows, double rate, StepReport report) throws Exception {
    double[] labels = rows.rows().stream().mapToDouble(row -> label(row.scored())).toArray();
    List<Integer> learnt = rows.trained();
    double temperature = StepTemperature.of(rows);
    report.update(
        report.timed(
            "update_process_reward",
            () -> step(rows, labels, learnt, collator.microbatches(pieces(rows, learnt)), rate)));
    double[][] rewards = report.timed("process_reward", () -> score(rows, temperature));
    report.put(NAME + "/version", (double) version());
    report.put(
        NAME + "/mean",
        Arrays.stream(rewards).flatMapToDouble(Arrays::stream).average().orElse(Double.NaN));
    return rewards;
  }

  private double label(ScoredTrajectory response) {
    float reward = response.reward();
    if (!(reward >= 0 && reward <= 1)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "reward: %s of the response %s (expected: in [0, 1], because process-reward.kind ="
                  + " implicit learns whether a response is right)",
              reward,
              response.trajectory().id()));
    }
    return reward > options.passAbove() ? 1 : 0;
  }

  private Map<String, Double> step(
      StepRows rows, double[] labels, List<Integer> learnt, List<Microbatch> batches, double rate) {
    ImplicitRewardLoss loss = new ImplicitRewardLoss(options.beta());
    return trained.step(
        batches,
        StepTemperature.of(rows),
        rate,
        (forward, batch, scope) -> {
          NDArray leaf = scope.leaf(forward.logprobs()); // [B, R]
          TokenBatch tokens = rows.tokens(batch, leaf.stopGradient(), scope);
          double[] own = batch.rows().stream().mapToDouble(row -> labels[row]).toArray();
          LossTerms terms = loss.evaluate(leaf, tokens, own, learnt.size());
          NDList gradients = scope.gradients(terms.loss(), List.of(leaf));
          double value = terms.loss().stopGradient().getFloat();
          Finite.require(
              NAME + "/loss", value, gradients, batch, i -> rows.row(i).trajectory().id());
          forward.backward(gradients.get(0));
          return terms.metrics();
        });
  }

  private double[][] score(StepRows rows, double temperature) {
    ImplicitRewardLoss loss = new ImplicitRewardLoss(options.beta());
    List<Integer> all = IntStream.range(0, rows.rows().size()).boxed().toList();
    trained.score(
        collator.microbatches(pieces(rows, all)),
        temperature,
        (batch, pass) -> rows.putNamed(NAME, batch, pass.logprobs()));
    double[][] logprobs = rows.numbers(NAME);
    double[][] reference = rows.numbers(Column.REFERENCE_LOGPROBS);
    double[][] rewards = new double[logprobs.length][];
    Arrays.setAll(rewards, b -> loss.rewards(logprobs[b], reference[b]));
    return rewards;
  }

  private static List<Collator.Item> pieces(StepRows rows, List<Integer> indices) {
    return rows.pieces().items(indices);
  }

  @Override
  public void close() {
    trained.close();
  }
}
