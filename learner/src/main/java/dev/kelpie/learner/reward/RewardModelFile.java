package dev.kelpie.learner.reward;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.kelpie.algorithms.score.ScoreLoss;
import dev.kelpie.algorithms.score.ScoreReport;
import dev.kelpie.config.ConfigException;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.RewardModelOptions;
import dev.kelpie.files.InputFile;
import dev.kelpie.learner.reward.RewardModelRun.PairFiles;
import dev.kelpie.learner.reward.RewardModelRun.Result;
import dev.kelpie.learner.reward.RewardModelRun.Results;
import dev.kelpie.model.architecture.CheckpointException;
import dev.kelpie.model.architecture.ModelConfig;
import dev.kelpie.model.architecture.SequenceClassifier;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** {@code reward-model.json}: what reward models were trained on and how good they are. */
public final class RewardModelFile {
  public static final String NAME = "reward-model.json";
  private static final int FORMAT = 1;
  private static final int MOST_BYTES = 16 << 20;
  private static final int CHUNK_BYTES = 1 << 20;
  private static final ObjectMapper JSON = new ObjectMapper();

  private RewardModelFile() {}

  static void write(
      Path folder,
      Experiment experiment,
      RewardPairs.Counts counts,
      ScoreLoss loss,
      int pad,
      PairFiles files,
      Optional<FreshPairs> fresh,
      Results results,
      List<TrainingState> states) {
    Path start = Path.of(experiment.policy().path());
    ObjectNode json = JSON.createObjectNode();
    json.put("format", FORMAT);
    json.put("start", start.toString());
    json.put("architecture", SequenceClassifier.name(ModelConfig.open(start).architecture()));
    json.put("pad-token-id", pad);
    boolean scores = loss.head().isEmpty();
    loss.ofUsers()
        .ifPresent(
            users ->
                json.put("outputs", loss.outputs()).put("user-column", users.numbers().column()));
    loss.head().ifPresent(head -> json.put("outputs", head.outputs()).put("tau", head.tau()));
    training(json.putObject("training"), experiment);
    data(json.putObject("data"), counts, files);
    files.strength().ifPresent(summary -> strength(json.putObject("strength"), summary));
    fresh.ifPresent(
        pairs ->
            json.putObject("meta")
                .put("path", pairs.path())
                .put("sha256", pairs.sha256())
                .put("pairs", pairs.rows().size())
                .put("rate", experiment.rewardModel().meta().rate()));
    for (Result result : results.models()) {
      ObjectNode model = json.withArray("models").addObject();
      model.put("folder", folder.relativize(result.folder()).toString());
      model.put("seed", result.seed());
      model.put("steps", result.steps());
      model.put("weights-sha256", weights(result.folder()));
      model.put("training-sha256", states.get(result.number() - 1).fingerprint());
      result.report().ifPresent(report -> report(model.putObject("held-out"), report, scores));
    }
    results.together().ifPresent(mean -> report(json.putObject("held-out-of-mean"), mean, scores));
    write(folder, json);
  }

  /**
   * Whether an earlier process has trained model {@code number} to its end.
   *
   * @throws ConfigException if that was a training with other options
   */
  public static boolean isTrained(Path folder, int number, TrainingState state) {
    Optional<String> written = fingerprint(folder, number);
    written.ifPresent(found -> state.requireSame(folder.resolve(NAME), found));
    return written.isPresent() || state.finished();
  }

  /**
   * What decided the training of model {@code number}, by its SHA-256; empty before all models are
   * trained.
   */
  private static Optional<String> fingerprint(Path folder, int number) {
    Path file = folder.resolve(NAME);
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try {
      JsonNode json = JSON.readTree(InputFile.readText(file, MOST_BYTES));
      return Optional.of(json.at("/models/" + (number - 1) + "/training-sha256").asText());
    } catch (IOException e) {
      throw new CheckpointException(file + ": " + e, e);
    }
  }

  /**
   * Deletes what says that the models in {@code folder} are trained, so that a new training that is
   * killed is not taken for the one before it.
   */
  public static void delete(Path folder, List<TrainingState> states) {
    try {
      Files.deleteIfExists(folder.resolve(NAME));
      for (TrainingState state : states) {
        state.delete();
        Files.deleteIfExists(state.folder().resolve("config.json"));
      }
    } catch (IOException e) {
      throw new CheckpointException(folder + ": " + e, e);
    }
  }

  private static void training(ObjectNode json, Experiment experiment) {
    RewardModelOptions options = experiment.rewardModel();
    json.put("seed", experiment.run().seed());
    if (!options.variant().isEmpty()) {
      json.put("variant", options.variant());
    }
    json.put("batch-size", options.batchSize());
    json.put("learning-rate", experiment.learner().learningRate());
    json.put("schedule", experiment.learner().schedule());
    json.set("loss", JSON.valueToTree(options.loss().values()));
  }

  private static void strength(ObjectNode json, MeasuredPairs.Summary summary) {
    summary.weights().forEach(json.withArray("weights-sha256")::add);
    number(json, "mean", summary.mean());
    number(json, "spread", summary.spread());
    json.put("weak-pairs", summary.weak());
  }

  private static void data(ObjectNode json, RewardPairs.Counts counts, PairFiles files) {
    json.put("path", files.path());
    json.put("sha256", files.sha256());
    json.put("rows", files.rows());
    files
        .heldOut()
        .ifPresent(
            file ->
                json.putObject("held-out-file")
                    .put("path", file.path())
                    .put("sha256", file.sha256())
                    .put("rows", file.rows()));
    json.put("training-pairs", counts.trainingPairs());
    json.put("training-prompts", counts.trainingPrompts());
    json.put("held-out-pairs", counts.heldOutPairs());
    json.put("held-out-prompts", counts.heldOutPrompts());
  }

  /**
   * Writes {@code report} into {@code json}.
   *
   * @param scores whether responses have scores of their own, and not only differences
   */
  private static void report(ObjectNode json, ScoreReport report, boolean scores) {
    json.put("pairs", report.pairs());
    number(json, "accuracy", report.accuracy());
    number(json, "standard-error", report.standardError());
    number(json, "loss", report.loss());
    number(json, "margin", report.margin());
    if (scores) {
      number(json, "score-mean", report.mean());
      number(json, "score-std", report.std());
    }
    ObjectNode lengths = json.putObject("length-bias");
    number(lengths, "correlation", report.lengths().correlation());
    lengths.put("chosen-shorter-pairs", report.lengths().shorterPairs());
    number(lengths, "chosen-shorter-accuracy", report.lengths().shorterAccuracy());
    lengths.put("chosen-longer-pairs", report.lengths().longerPairs());
    number(lengths, "chosen-longer-accuracy", report.lengths().longerAccuracy());
    number(json, "expected-calibration-error", report.calibrationError());
    for (ScoreReport.Bin bin : report.bins()) {
      ObjectNode row = json.withArray("reliability").addObject();
      number(row, "from", bin.from());
      number(row, "to", bin.to());
      row.put("pairs", bin.pairs());
      number(row, "confidence", bin.confidence());
      number(row, "accuracy", bin.accuracy());
    }
  }

  private static void number(ObjectNode json, String name, double value) {
    if (Double.isFinite(value)) {
      json.put(name, value);
    } else {
      json.putNull(name);
    }
  }

  /** The SHA-256 of the weight files, in the order of their names. */
  public static String weights(Path folder) {
    try (Stream<Path> all = Files.list(folder)) {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      List<Path> files =
          all.filter(
                  file ->
                      String.valueOf(file.getFileName())
                          .matches("model(-\\d+-of-\\d+)?\\.safetensors"))
              .sorted()
              .toList();
      byte[] chunk = new byte[CHUNK_BYTES];
      for (Path file : files) {
        try (InputStream in = InputFile.open(file)) {
          for (int read = in.read(chunk); read >= 0; read = in.read(chunk)) {
            digest.update(chunk, 0, read);
          }
        }
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (IOException e) {
      throw new CheckpointException(folder + ": " + e, e);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every Java has it
    }
  }

  /** Writes the file into {@code folder}, in place of an earlier one. */
  public static void write(Path folder, ObjectNode json) {
    Path temporary = folder.resolve(NAME + ".tmp");
    try {
      Files.writeString(
          temporary, JSON.writerWithDefaultPrettyPrinter().writeValueAsString(json) + "\n");
      Files.move(
          temporary,
          folder.resolve(NAME),
          StandardCopyOption.ATOMIC_MOVE,
          StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new CheckpointException(folder.resolve(NAME) + ": " + e, e);
    }
  }
}
