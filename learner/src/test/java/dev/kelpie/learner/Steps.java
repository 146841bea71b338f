package dev.kelpie.learner;

import dev.kelpie.config.AlgorithmOptions;
import dev.kelpie.config.AlgorithmOptions.LossRows;
import dev.kelpie.config.ConfigBlock;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.KlOptions;
import dev.kelpie.config.LearnerOptions;
import dev.kelpie.config.PolicyOptions;
import dev.kelpie.config.ValueOptions;
import dev.kelpie.experience.FinishReason;
import dev.kelpie.experience.GroupId;
import dev.kelpie.experience.Origin;
import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.Purpose;
import dev.kelpie.experience.SampleId;
import dev.kelpie.experience.Sampling;
import dev.kelpie.experience.Score;
import dev.kelpie.experience.ScoredTrajectory;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.experience.TokenVersions;
import dev.kelpie.experience.TrainingBatch;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.experience.TrajectoryGroup;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;

/** Made-up training steps and experiments, functions of a seed. */
final class Steps {
  static final Sampling SAMPLING = new Sampling(1, 0, 1, 0, 64, false);

  private Steps() {}

  /** Groups of responses of ragged lengths with rewards 0 and 1. */
  static TrainingBatch batch(long step, int groups, int size, int vocabulary, long version) {
    return batch(step, groups, size, vocabulary, version, 5, 12);
  }

  static TrainingBatch batch(
      long step,
      int groups,
      int size,
      int vocabulary,
      long version,
      int promptLength,
      int longest) {
    SplittableRandom random = new SplittableRandom(step);
    List<TrajectoryGroup> all = new ArrayList<>();
    Map<SampleId, PerToken> reference = new HashMap<>();
    for (int g = 0; g < groups; g++) {
      GroupId id = new GroupId(Purpose.ROLLOUT, step, g);
      TokenIds prompt = tokens(random, promptLength + g % 3, vocabulary);
      List<ScoredTrajectory> members = new ArrayList<>();
      for (int k = 0; k < size; k++) {
        int length = longest - random.nextInt(longest / 2);
        TokenIds response = tokens(random, length, vocabulary);
        SampleId sample = new SampleId(id, k, 0);
        members.add(
            new ScoredTrajectory(
                trajectory(sample, prompt, response, version),
                new Score((k + g) % 2 == 0 ? 1 : 0, Map.of("answer", (k + g) % 2 == 0 ? 1f : 0f))));
        reference.put(sample, PerToken.constant(-5, length));
      }
      all.add(new TrajectoryGroup(id, members, List.of()));
    }
    return TrainingBatch.ofReference(step, all, reference);
  }

  static Trajectory trajectory(SampleId id, TokenIds prompt, TokenIds response, long version) {
    int length = response.length();
    return new Trajectory(
        id,
        new Prompt("p" + id.group(), "", prompt, Optional.empty(), Map.of()),
        response,
        "",
        PerToken.constant(-5, length),
        PerToken.constant(-5, length),
        TokenVersions.uniform(new PolicyVersion(version), length),
        FinishReason.STOP,
        Origin.POLICY,
        SAMPLING);
  }

  private static TokenIds tokens(SplittableRandom random, int length, int vocabulary) {
    return TokenIds.of(random.ints(length, 0, vocabulary).toArray());
  }

  /** An experiment on the checkpoint in {@code policy}. */
  static Experiment experiment(
      Path policy, AlgorithmOptions algorithm, ValueOptions value, LearnerOptions learner) {
    return Experiments.with(
        Experiment.DEFAULTS,
        new PolicyOptions(
            policy.toString(), PolicyOptions.Init.CHECKPOINT, PolicyOptions.Lora.DEFAULTS),
        value,
        algorithm,
        learner);
  }

  static AlgorithmOptions grpo(KlOptions kl, double entropyCoef) {
    return algorithm("grpo", Map.of(), kl, entropyCoef);
  }

  static AlgorithmOptions gae(KlOptions kl) {
    return algorithm("gae", Map.of("gamma", 1.0, "lambda", 0.95), kl, 0);
  }

  /** GRPO's advantages with another loss, and no KL. */
  static AlgorithmOptions withLoss(String type) {
    return algorithm("grpo", Map.of(), type, KlOptions.DEFAULTS, 0);
  }

  private static AlgorithmOptions algorithm(
      String advantage, Map<String, ?> options, KlOptions kl, double entropyCoef) {
    return algorithm(advantage, options, "ppo-clip", kl, entropyCoef);
  }

  private static AlgorithmOptions algorithm(
      String advantage, Map<String, ?> options, String loss, KlOptions kl, double entropyCoef) {
    Map<String, Object> all = new HashMap<>(options);
    all.put("type", advantage);
    return new AlgorithmOptions(
        "grpo",
        ConfigBlock.of("algorithm.advantage", all),
        ConfigBlock.of("algorithm.loss", Map.of("type", loss)),
        ConfigBlock.of("algorithm.value-loss", Map.of("type", "mse")),
        ConfigBlock.empty("algorithm.select"),
        ConfigBlock.empty("algorithm.pairing"),
        ConfigBlock.empty("algorithm.label"),
        ConfigBlock.empty("algorithm.weight"),
        ConfigBlock.empty("algorithm.margin"),
        ConfigBlock.empty("algorithm.response-label"),
        ConfigBlock.empty("algorithm.token-weight"),
        ConfigBlock.empty("algorithm.kl-weight"),
        ConfigBlock.empty("algorithm.token-reward"),
        Map.of(),
        LossRows.ALL,
        kl,
        "token-mean",
        0,
        entropyCoef,
        AlgorithmOptions.DEFAULTS.entropy(),
        0,
        AlgorithmOptions.DEFAULTS.overlong(),
        Map.of(),
        AlgorithmOptions.DEFAULTS.dynamicSampling(),
        false);
  }

  static ValueOptions value(ValueOptions.Kind kind) {
    return new ValueOptions(kind, 5e-4, 0.5, 0.2, 0);
  }

  static LearnerOptions learner(int minibatches, int epochs, int tokenBudget) {
    return learner(1, minibatches, epochs, tokenBudget);
  }

  static LearnerOptions learner(int threads, int minibatches, int epochs, int tokenBudget) {
    return new LearnerOptions(
        threads,
        1e-3,
        "constant",
        0,
        0,
        0,
        0.9,
        0.95,
        1e-8,
        0.01,
        1,
        minibatches,
        epochs,
        tokenBudget,
        LearnerOptions.Precision.FP32);
  }
}
