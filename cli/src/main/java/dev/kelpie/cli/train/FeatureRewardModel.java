package dev.kelpie.cli.train;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigRenderOptions;
import dev.kelpie.algorithms.score.LinearScore;
import dev.kelpie.algorithms.score.ScoreReport;
import dev.kelpie.config.Catalog;
import dev.kelpie.config.ConfigBlock;
import dev.kelpie.config.ConfigException;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.NearestName;
import dev.kelpie.config.file.LoadedExperiment;
import dev.kelpie.experience.GivenResponse;
import dev.kelpie.experience.GroupId;
import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.Purpose;
import dev.kelpie.experience.RewardOutcome;
import dev.kelpie.experience.SampleId;
import dev.kelpie.experience.Sampling;
import dev.kelpie.experience.Score;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.learner.reward.RewardPairs;
import dev.kelpie.rewards.Reward;
import dev.kelpie.rewards.Rewards;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * A reward model whose score is linear in rewards of the experiment: {@code reward-model.features}
 * names them, {@link LinearScore} learns their weights, and {@code reward.conf} has them as a block
 * {@code reward} that a run includes.
 */
final class FeatureRewardModel {
  private static final String KEY = "reward-model.features";
  static final String FILE = "reward.conf";
  private static final double RIDGE = 1e-3;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Experiment experiment;
  private final List<String> names;
  private final Map<String, ConfigBlock> blocks;
  private final Reward reward;

  private FeatureRewardModel(Experiment experiment, Map<String, ConfigBlock> blocks) {
    this.experiment = experiment;
    this.names = experiment.rewardModel().features();
    this.blocks = blocks;
    this.reward = Rewards.compose(blocks);
  }

  /**
   * The model that the experiment asks for.
   *
   * @throws ConfigException if a feature is no rule, or a key is set that only others read
   */
  static FeatureRewardModel of(LoadedExperiment loaded) {
    Experiment experiment = loaded.experiment();
    Map<String, ConfigBlock> blocks = new TreeMap<>();
    for (String name : experiment.rewardModel().features()) {
      ConfigBlock block = experiment.reward().get(name);
      if (block == null) {
        throw loaded.error(
            KEY,
            name,
            "a reward: "
                + NearestName.expectation(name, new TreeSet<>(experiment.reward().keySet())));
      }
      for (String common : Catalog.keys(Rewards.commonOptions())) {
        if (block.values().containsKey(common)) {
          throw loaded.error(
              "reward." + name + "." + common,
              block.values().get(common),
              "no value, because the reward is a feature, whose weight is learned");
        }
      }
      blocks.put(name, block);
    }
    FeatureRewardModel model = new FeatureRewardModel(experiment, blocks);
    if (model.reward.isRemote() || !model.reward.requests().isEmpty() || model.reward.running()) {
      throw loaded.error(
          KEY, String.join(", ", model.names), "rules, which need no server and no other model");
    }
    if (!experiment.eval().pairsPath().isEmpty()) {
      throw loaded.error(
          "eval.pairs-path",
          experiment.eval().pairsPath(),
          "no value, because reward-model.features holds out pairs of data.path");
    }
    return model;
  }

  /** What scores the features. */
  Reward reward() {
    return reward;
  }

  /** Refuses a {@code folder} that holds a model already. */
  static void requireNew(Path folder) {
    if (Files.exists(folder.resolve(FILE))) {
      throw new ConfigException(
          "--out: " + folder + " holds a reward.conf (expected: a new folder, or --overwrite)");
    }
  }

  /**
   * Learns the weights and writes them.
   *
   * @return the report on the held-out pairs
   */
  List<ScoreReport.Pair> train(RewardPairs pairs, Path folder, String dataSha256)
      throws IOException, InterruptedException {
    List<double[]> differences = new ArrayList<>();
    for (Prompt row : rows(pairs.counts().trainingPairs(), pairs::trainingRow)) {
      double[] chosen = features(row, 0);
      double[] rejected = features(row, 1);
      differences.add(
          IntStream.range(0, chosen.length).mapToDouble(k -> chosen[k] - rejected[k]).toArray());
    }
    LinearScore score = LinearScore.fit(differences, RIDGE);
    List<ScoreReport.Pair> heldOut = new ArrayList<>();
    for (Prompt row : rows(pairs.counts().heldOutPairs(), pairs::heldOutRow)) {
      heldOut.add(
          new ScoreReport.Pair(
              score.of(features(row, 0)),
              score.of(features(row, 1)),
              row.responses().get(0).tokens().length(),
              row.responses().get(1).tokens().length()));
    }
    write(folder, score, pairs, heldOut, dataSha256);
    return heldOut;
  }

  private static List<Prompt> rows(int count, IntFunction<Prompt> row) {
    return IntStream.range(0, count).mapToObj(row).toList();
  }

  private double[] features(Prompt row, int side) throws InterruptedException {
    GivenResponse response = row.responses().get(side);
    Trajectory trajectory =
        Trajectory.given(
            new SampleId(new GroupId(Purpose.ROLLOUT, 0, 0), side, 0),
            row,
            response,
            new Sampling(1, 0, 1, 0, experiment.rollout().maxNewTokens(), false));
    RewardOutcome outcome = Rewards.score(reward, trajectory, experiment.cluster().rewardTimeout());
    if (outcome instanceof RewardOutcome.Scored scored) {
      Score score = scored.score();
      return names.stream().mapToDouble(name -> score.parts().getOrDefault(name, 0f)).toArray();
    }
    String reason = outcome instanceof RewardOutcome.Failed failed ? failed.reason() : "no score";
    throw new ConfigException(String.format(Locale.ROOT, "%s: row %s: %s", KEY, row.id(), reason));
  }

  private void write(
      Path folder,
      LinearScore score,
      RewardPairs pairs,
      List<ScoreReport.Pair> heldOut,
      String dataSha256)
      throws IOException {
    Map<String, Object> all = new LinkedHashMap<>();
    ObjectNode json = JSON.createObjectNode().put("format", 1);
    json.putObject("data").put("path", experiment.data().path()).put("sha256", dataSha256);
    ((ObjectNode) json.get("data")).put("training-pairs", pairs.counts().trainingPairs());
    ObjectNode weights = json.putObject("weights");
    for (int k = 0; k < names.size(); k++) {
      String name = names.get(k);
      ConfigBlock block = blocks.getOrDefault(name, ConfigBlock.empty(name));
      Map<String, Object> values = new TreeMap<>(block.values());
      values.put("weight", score.weights().get(k));
      all.put(name, values);
      weights.put(name, score.weights().get(k));
    }
    String text =
        ConfigFactory.parseMap(Map.of("reward", all))
            .root()
            .render(ConfigRenderOptions.defaults().setOriginComments(false).setJson(false));
    ObjectNode model = json.putArray("models").addObject();
    model.put("weights-sha256", sha256(text));
    if (!heldOut.isEmpty()) {
      ScoreReport report = ScoreReport.of(heldOut);
      model
          .putObject("held-out")
          .put("pairs", report.pairs())
          .put("accuracy", report.accuracy())
          .put("standard-error", report.standardError())
          .put("loss", report.loss());
    }
    Files.createDirectories(folder);
    Files.writeString(folder.resolve(FILE), text);
    Files.writeString(
        folder.resolve("reward-model.json"),
        JSON.writerWithDefaultPrettyPrinter().writeValueAsString(json) + "\n");
  }

  private static String sha256(String text) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(hash);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every Java has it
    }
  }
}
