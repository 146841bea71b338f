package dev.kelpie.learner.scoring;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.reward.UserHead;
import dev.kelpie.files.InputFile;
import dev.kelpie.learner.state.StateFile;
import dev.kelpie.model.ParameterLayout;
import dev.kelpie.model.Parameters;
import dev.kelpie.model.architecture.CheckpointException;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * {@code user-head.json} and {@code user-head.safetensors} beside the weights of a reward model
 * whose score of a response depends on the user, see {@link UserHead}. The tensors have a row for
 * each user, in the order of the names in the first file: {@code head/points}, by which responses
 * are scored, and {@code head/users}, what they are made of; {@code head/shared} are the
 * prototypes.
 */
public final class UserHeadFile {
  private static final String NAME = "user-head.json";
  private static final String TENSORS = "user-head.safetensors";
  private static final int FORMAT = 1;
  private static final int MOST_BYTES = 1 << 28; // of a million users
  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * What is written.
   *
   * @param own numbers of each user
   * @param shared numbers of all users
   */
  public record Contents(UserHead head, SortedMap<String, PerToken> own, PerToken shared) {
    public Contents {
      own = new TreeMap<>(own);
    }
  }

  private UserHeadFile() {}

  /** Writes {@code contents} into {@code folder}; without any, an earlier model's are deleted. */
  public static void write(Path folder, Optional<Contents> contents) {
    Path file = folder.resolve(NAME);
    Path tensors = folder.resolve(TENSORS);
    try {
      if (contents.isEmpty()) {
        Files.deleteIfExists(file);
        Files.deleteIfExists(tensors);
        return;
      }
      Files.createDirectories(folder);
      UserHead head = contents.get().head();
      int own = contents.get().own().values().iterator().next().length();
      int shared = contents.get().shared().length();
      ObjectNode json = JSON.createObjectNode();
      json.put("format", FORMAT).put("type", head.kind().label());
      json.put("outputs", head.outputs()).put("column", head.column());
      json.put("numbers-of-user", own).put("shared-numbers", shared);
      ArrayNode users = json.putArray("users");
      head.points().keySet().forEach(users::add);
      Files.writeString(
          file, JSON.writerWithDefaultPrettyPrinter().writeValueAsString(json) + "\n");
      int length = head.kind().length(head.outputs());
      try (Parameters numbers = parameters(head.points().size(), length, own, shared)) {
        put(numbers, "points", head.points().values());
        put(numbers, "users", contents.get().own().values());
        if (shared > 0) {
          put(numbers, "shared", List.of(contents.get().shared()));
        }
        StateFile.write(tensors, Map.of("head", StateFile.Part.all(numbers)));
      }
    } catch (IOException e) {
      throw new CheckpointException(file + ": " + e, e);
    }
  }

  private static Parameters parameters(int users, int length, int own, int shared) {
    Map<String, List<Long>> shapes = new TreeMap<>();
    shapes.put("points", List.of((long) users, (long) length));
    shapes.put("users", List.of((long) users, (long) own));
    if (shared > 0) {
      shapes.put("shared", List.of((long) shared));
    }
    return Parameters.zeros(ParameterLayout.of(shapes));
  }

  private static void put(Parameters numbers, String name, Collection<PerToken> rows) {
    FloatBuffer target = numbers.bytes(name).asFloatBuffer();
    rows.forEach(row -> target.put(row.toArray()));
  }

  /**
   * The head of the model in {@code folder}; none if its scores do not depend on the user.
   *
   * @throws CheckpointException if a file is damaged
   */
  public static Optional<UserHead> read(Path folder) {
    Path file = folder.resolve(NAME);
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try {
      JsonNode json = JSON.readTree(InputFile.readText(file, MOST_BYTES));
      Optional<UserHead.Kind> kind =
          List.of(UserHead.Kind.values()).stream()
              .filter(known -> known.label().equals(json.path("type").asText()))
              .findFirst();
      int outputs = json.path("outputs").asInt();
      int own = json.path("numbers-of-user").asInt();
      int shared = json.path("shared-numbers").asInt(-1);
      List<String> users = new ArrayList<>();
      json.path("users").forEach(user -> users.add(user.asText()));
      boolean known = json.path("format").asInt() == FORMAT && kind.isPresent();
      if (!known || outputs < 2 || own < 1 || shared < 0 || users.isEmpty()) {
        throw new CheckpointException(
            file
                + ": no head of format "
                + FORMAT
                + " (expected: type, outputs, numbers-of-user, shared-numbers and users)");
      }
      return Optional.of(
          new UserHead(
              kind.get(),
              outputs,
              json.path("column").asText(),
              points(folder, users, kind.get().length(outputs), own, shared)));
    } catch (JsonProcessingException e) {
      throw new CheckpointException(file + ": " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw new CheckpointException(file + ": " + e, e);
    }
  }

  private static SortedMap<String, PerToken> points(
      Path folder, List<String> users, int length, int own, int shared) {
    SortedMap<String, PerToken> points = new TreeMap<>();
    try (Parameters numbers = parameters(users.size(), length, own, shared)) {
      StateFile.read(folder.resolve(TENSORS), Map.of("head", StateFile.Part.all(numbers)));
      FloatBuffer all = numbers.bytes("points").asFloatBuffer();
      for (String user : users) {
        float[] point = new float[length];
        all.get(point);
        points.put(user, PerToken.of(point));
      }
    }
    return points;
  }
}
