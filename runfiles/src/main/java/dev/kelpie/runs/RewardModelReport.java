package dev.kelpie.runs;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.wire.file.CorruptFileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Held-out results of reward models, from the {@code reward-model.json} that the training of one
 * model, or of an ensemble, writes at its end.
 *
 * @param models each model that has held-out results
 * @param mean results of the mean score of an ensemble
 */
public record RewardModelReport(List<Model> models, Optional<HeldOut> mean) {
  private static final String NAME = "reward-model.json";
  private static final String MEMBER = "member-\\d{1,6}";

  /** A trained model. */
  public record Model(String folder, long seed, long steps, HeldOut heldOut) {}

  /**
   * Results on held-out pairs. A number that too few pairs leave without a value is NaN.
   *
   * @param calibrationError expected calibration error
   * @param bins pairs by the probability of the preferred response, from 1/2 to 1
   */
  public record HeldOut(
      long pairs,
      double accuracy,
      double standardError,
      double loss,
      double calibrationError,
      List<Bin> bins,
      LengthBias lengths) {
    public HeldOut {
      bins = List.copyOf(bins);
    }
  }

  /**
   * The pairs of one bin.
   *
   * @param confidence mean probability of the preferred response
   * @param accuracy how often that is the chosen one
   */
  public record Bin(double from, double to, long pairs, double confidence, double accuracy) {}

  /**
   * What scores have to do with lengths.
   *
   * @param correlation of the difference of a pair's scores with that of its lengths
   */
  public record LengthBias(
      double correlation,
      long shorterPairs,
      double shorterAccuracy,
      long longerPairs,
      double longerAccuracy) {}

  public RewardModelReport {
    models = List.copyOf(models);
  }

  /** Whether {@code folder} is that of a reward model, or of a member of an ensemble. */
  public static boolean isIn(RunFolder folder) {
    return isWritten(folder) || Files.isRegularFile(folder.root().resolve("state.json"));
  }

  /** Whether the training in {@code folder} has ended. */
  static boolean isWritten(RunFolder folder) {
    return !Files.exists(folder.experimentFile()) && file(folder).isPresent();
  }

  /** The folders of the members of the ensemble in {@code folder}, by number; else none. */
  public static List<Path> members(Path folder) {
    List<Path> members = new ArrayList<>();
    Path member = folder.resolve("member-1");
    while (Files.isRegularFile(member.resolve("metrics.jsonl"))) {
      members.add(member);
      member = folder.resolve("member-" + (members.size() + 1));
    }
    return members;
  }

  /**
   * Reads the results of the model in {@code folder}; of a member of an ensemble those of all its
   * members. Empty while the training goes on.
   *
   * @throws CorruptFileException when the file is not of this form
   */
  public static Optional<RewardModelReport> read(RunFolder folder) throws IOException {
    Optional<Path> file = file(folder);
    return file.isEmpty() ? Optional.empty() : Optional.of(read(file.get()));
  }

  private static Optional<Path> file(RunFolder folder) {
    Path own = folder.root().resolve(NAME);
    Path parent = folder.root().getParent();
    if (Files.isRegularFile(own) || parent == null) {
      return Optional.of(own).filter(Files::isRegularFile);
    }
    return String.valueOf(folder.root().getFileName()).matches(MEMBER)
        ? Optional.of(parent.resolve(NAME)).filter(Files::isRegularFile)
        : Optional.empty();
  }

  private static RewardModelReport read(Path file) throws IOException {
    ObjectNode json = JsonFile.read(file);
    if (json.path("format").asInt() != 1 || !json.path("models").isArray()) {
      throw new CorruptFileException(
          String.format(
              Locale.ROOT,
              "%s: format %s (expected: the results of reward models, format 1)",
              file.getFileName(),
              json.path("format")));
    }
    List<Model> models = new ArrayList<>();
    for (JsonNode model : json.path("models")) {
      if (model.path("held-out").isObject()) {
        models.add(
            new Model(
                model.path("folder").asText(),
                model.path("seed").asLong(),
                model.path("steps").asLong(),
                heldOut(model.path("held-out"))));
      }
    }
    JsonNode mean = json.path("held-out-of-mean");
    return new RewardModelReport(
        models, mean.isObject() ? Optional.of(heldOut(mean)) : Optional.empty());
  }

  private static HeldOut heldOut(JsonNode json) {
    List<Bin> bins = new ArrayList<>();
    for (JsonNode bin : json.path("reliability")) {
      bins.add(
          new Bin(
              JsonFile.number(bin.path("from")),
              JsonFile.number(bin.path("to")),
              bin.path("pairs").asLong(),
              JsonFile.number(bin.path("confidence")),
              JsonFile.number(bin.path("accuracy"))));
    }
    JsonNode lengths = json.path("length-bias");
    return new HeldOut(
        json.path("pairs").asLong(),
        JsonFile.number(json.path("accuracy")),
        JsonFile.number(json.path("standard-error")),
        JsonFile.number(json.path("loss")),
        JsonFile.number(json.path("expected-calibration-error")),
        bins,
        new LengthBias(
            JsonFile.number(lengths.path("correlation")),
            lengths.path("chosen-shorter-pairs").asLong(),
            JsonFile.number(lengths.path("chosen-shorter-accuracy")),
            lengths.path("chosen-longer-pairs").asLong(),
            JsonFile.number(lengths.path("chosen-longer-accuracy"))));
  }
}
