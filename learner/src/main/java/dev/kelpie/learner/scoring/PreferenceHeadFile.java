package dev.kelpie.learner.scoring;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.kelpie.experience.reward.PreferenceHead;
import dev.kelpie.files.InputFile;
import dev.kelpie.model.architecture.CheckpointException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * {@code preference-head.json} beside the weights of a reward model whose outputs are no scores but
 * the vector of a {@link PreferenceHead}.
 */
public final class PreferenceHeadFile {
  private static final String NAME = "preference-head.json";
  private static final String TYPE = "general-preference";
  private static final int FORMAT = 1;
  private static final int MOST_BYTES = 1 << 16;
  private static final ObjectMapper JSON = new ObjectMapper();

  private PreferenceHeadFile() {}

  /** Writes {@code head} into {@code folder}; without one, an earlier model's file is deleted. */
  public static void write(Path folder, Optional<PreferenceHead> head) {
    Path file = folder.resolve(NAME);
    try {
      if (head.isEmpty()) {
        Files.deleteIfExists(file);
        return;
      }
      Files.createDirectories(folder);
      ObjectNode json = JSON.createObjectNode();
      json.put("format", FORMAT).put("type", TYPE);
      json.put("outputs", head.get().outputs()).put("tau", head.get().tau());
      Files.writeString(
          file, JSON.writerWithDefaultPrettyPrinter().writeValueAsString(json) + "\n");
    } catch (IOException e) {
      throw new CheckpointException(file + ": " + e, e);
    }
  }

  /**
   * The head of the model in {@code folder}; none if its outputs are scores.
   *
   * @throws CheckpointException if the file is damaged
   */
  public static Optional<PreferenceHead> read(Path folder) {
    Path file = folder.resolve(NAME);
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try {
      JsonNode json = JSON.readTree(InputFile.readText(file, MOST_BYTES));
      int outputs = json.path("outputs").asInt();
      double tau = json.path("tau").asDouble();
      boolean known =
          json.path("format").asInt() == FORMAT && json.path("type").asText().equals(TYPE);
      if (!known || outputs < 2 || outputs % 2 != 0 || !(tau > 0) || Double.isInfinite(tau)) {
        throw new CheckpointException(
            file + ": no head of format " + FORMAT + " (expected: type, outputs and tau)");
      }
      return Optional.of(new PreferenceHead(outputs, tau));
    } catch (JsonProcessingException e) {
      throw new CheckpointException(file + ": " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw new CheckpointException(file + ": " + e, e);
    }
  }
}
