package dev.kelpie.learner.reward;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.kelpie.config.ConfigException;
import dev.kelpie.config.DataOptions;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.named.VariantOptions;
import dev.kelpie.files.InputFile;
import dev.kelpie.learner.TrainedModel;
import dev.kelpie.learner.state.StateFile;
import dev.kelpie.model.architecture.CheckpointException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The state of a training that was stopped, from which it resumes bit for bit: weights and moments
 * in {@code state-STEP.safetensors}, named by {@code state.json}, which is replaced at once. Of a
 * training that has ended, whose model is written and whose results are not, it names no tensors.
 *
 * @param folder of the model
 * @param fingerprint of what decides the training; another one is not resumed
 */
public record TrainingState(Path folder, String fingerprint) {
  private static final int FORMAT = 1;
  private static final int MOST_BYTES = 1 << 16;
  private static final String FILE = "state.json";
  private static final ObjectMapper JSON = new ObjectMapper();

  /** The SHA-256 of the options, the seed and the pairs of {@code member}'s training. */
  static String fingerprint(
      Experiment experiment, RewardPairs pairs, String data, RewardModelTrainer.Member member) {
    return fingerprint(experiment, member.seed(), data, pairs.counts().toString());
  }

  /**
   * The SHA-256 of the options, the seed and the rows of a training.
   *
   * @param data the hash of its files
   * @param counts how many rows are trained on
   */
  public static String fingerprint(Experiment experiment, long seed, String data, String counts) {
    String text =
        String.join(
            "\n",
            experiment.rewardModel().toString(),
            variant(experiment),
            experiment.learner().toString(),
            experiment.policy().init().toString(),
            reading(experiment.data()),
            Long.toString(seed),
            data,
            counts);
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(hash);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every Java has it
    }
  }

  /** How the rows are read and ordered, wherever their file lies. */
  private static String reading(DataOptions data) {
    return data.toString().replace(data.path(), "");
  }

  /** What the prompts are rendered by; empty: nothing. */
  private static String variant(Experiment experiment) {
    String name = experiment.rewardModel().variant();
    return name.isEmpty() ? "" : String.valueOf(VariantOptions.all(experiment).get(name));
  }

  /** Whether there is a state to resume from. */
  public boolean exists() {
    return Files.exists(folder.resolve(FILE));
  }

  /** Writes the state after {@code step} in place of an earlier one. */
  public void save(TrainedModel model, int step) {
    save(model, Optional.empty(), step);
  }

  /** The same with the numbers of users. */
  void save(TrainedModel model, Optional<UserTable> users, int step) {
    try {
      Files.createDirectories(folder);
      String before = exists() ? read().path("file").asText() : "";
      String name = "state-" + step + ".safetensors";
      StateFile.write(folder.resolve(name), tensors(model, users));
      write(step, model.optimizer().step(), name);
      if (!before.isEmpty() && !before.equals(name)) {
        Files.deleteIfExists(folder.resolve(before));
      }
    } catch (IOException e) {
      throw new CheckpointException(
          folder + " cannot be written: " + e.getMessage() + " (expected: room for a state)", e);
    }
  }

  private void write(int step, long updates, String name) throws IOException {
    ObjectNode json = JSON.createObjectNode();
    json.put("format", FORMAT).put("step", step).put("updates", updates);
    json.put("file", name).put("fingerprint", fingerprint);
    Path temporary = folder.resolve(FILE + ".tmp");
    Files.writeString(
        temporary, JSON.writerWithDefaultPrettyPrinter().writeValueAsString(json) + "\n");
    Files.move(
        temporary,
        folder.resolve(FILE),
        StandardCopyOption.ATOMIC_MOVE,
        StandardCopyOption.REPLACE_EXISTING);
  }

  /** Keeps of the state only that the model, which is written, has had {@code step} updates. */
  void finish(TrainedModel model, int step) {
    try {
      write(step, model.optimizer().step(), "");
      deleteTensors();
    } catch (IOException e) {
      throw new CheckpointException(folder + ": " + e, e);
    }
  }

  /**
   * Whether the training has ended and its model is written.
   *
   * @throws ConfigException if it was another training
   */
  boolean finished() {
    if (!exists()) {
      return false;
    }
    JsonNode json = read();
    requireSame(folder.resolve(FILE), json.path("fingerprint").asText());
    return json.path("file").asText().isEmpty();
  }

  /**
   * Refuses a training whose options are not those of {@code found}.
   *
   * @param file that has them
   */
  void requireSame(Path file, String found) {
    if (!found.equals(fingerprint)) {
      throw new ConfigException(
          "--resume: "
              + file
              + " is of a training with other options, seed or pairs (expected: those that it"
              + " began with)");
    }
  }

  /** Restores the state, if there is one; returns the step after which it was saved, or 0. */
  public int restore(TrainedModel model) {
    return restore(model, Optional.empty());
  }

  /** The same with the numbers of users. */
  int restore(TrainedModel model, Optional<UserTable> users) {
    if (!exists()) {
      return 0;
    }
    JsonNode json = read();
    requireSame(folder.resolve(FILE), json.path("fingerprint").asText());
    StateFile.read(folder.resolve(json.path("file").asText()), tensors(model, users));
    model.optimizer().resumeAt(json.path("updates").asLong());
    users.ifPresent(table -> table.resumeAt(json.path("updates").asLong()));
    return json.path("step").asInt();
  }

  /** Deletes the state, with what a process that was killed has left of it. */
  public void delete() {
    try {
      Files.deleteIfExists(folder.resolve(FILE));
      deleteTensors();
    } catch (IOException e) {
      throw new CheckpointException(folder + ": " + e, e);
    }
  }

  private void deleteTensors() throws IOException {
    if (Files.isDirectory(folder)) {
      try (DirectoryStream<Path> files =
          Files.newDirectoryStream(folder, "state{-*.safetensors,.json.tmp}")) {
        for (Path file : files) {
          Files.deleteIfExists(file);
        }
      }
    }
  }

  private JsonNode read() {
    Path file = folder.resolve(FILE);
    try {
      JsonNode json = JSON.readTree(InputFile.readText(file, MOST_BYTES));
      boolean whole =
          json.path("format").asInt() == FORMAT
              && json.path("step").asInt() > 0
              && json.path("file").asText().matches("(state-\\d+\\.safetensors)?");
      if (!whole) {
        throw new CheckpointException(file + ": no state of format " + FORMAT);
      }
      return json;
    } catch (JsonProcessingException e) {
      throw new CheckpointException(file + ": " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw new CheckpointException(file + ": " + e, e);
    }
  }

  private static Map<String, StateFile.Part> tensors(
      TrainedModel model, Optional<UserTable> users) {
    Map<String, StateFile.Part> parts = new TreeMap<>();
    parts.put("model", StateFile.Part.all(model.model().parameters()));
    parts.put("mean", StateFile.Part.all(model.optimizer().mean()));
    parts.put("square", StateFile.Part.all(model.optimizer().square()));
    users.ifPresent(table -> parts.putAll(table.state()));
    return parts;
  }
}
