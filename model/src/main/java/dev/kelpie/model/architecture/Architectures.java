package dev.kelpie.model.architecture;

import dev.kelpie.config.NearestName;
import dev.kelpie.model.CheckpointException;
import dev.kelpie.model.ModelConfig;
import java.nio.file.Path;
import java.util.List;

/** The architectures that Kelpie runs, by their name in {@code config.json}. */
public final class Architectures {
  private static final List<Architecture> ALL =
      List.of(
          new Llama(), new LlamaReward(), new Mistral(), new Qwen2(), new Qwen3(), new SmolLM3());

  private Architectures() {}

  /** All names, in the order of the catalog. */
  public static List<String> names() {
    return ALL.stream().map(Architecture::name).toList();
  }

  /** The architecture called {@code name}; an unknown name throws and names the nearest. */
  public static Architecture named(String name) {
    return find(name, "");
  }

  /**
   * Reads {@code folder/config.json}, written by transformers 4 or 5.
   *
   * @throws CheckpointException if it is missing, broken or of an unknown architecture
   */
  public static ModelConfig read(Path folder) {
    Path file = folder.resolve("config.json");
    ConfigJson json = ConfigJson.open(file);
    List<String> names = json.texts("architectures");
    Architecture architecture =
        names.isEmpty() ? ofType(json, file) : find(names.get(0), ", " + file);
    try {
      return architecture.read(json);
    } catch (IllegalArgumentException e) {
      throw new CheckpointException(e.getMessage() + ", " + file, e);
    }
  }

  private static Architecture find(String name, String place) {
    return ALL.stream()
        .filter(architecture -> architecture.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new CheckpointException(
                    "architectures: "
                        + name
                        + " (expected: "
                        + NearestName.expectation(name, names())
                        + ")"
                        + place));
  }

  private static Architecture ofType(ConfigJson json, Path file) {
    String type = json.text("model_type", "");
    List<String> types =
        ALL.stream().map(Architecture::modelType).filter(known -> !known.isEmpty()).toList();
    return ALL.stream()
        .filter(architecture -> !type.isEmpty() && architecture.modelType().equals(type))
        .findFirst()
        .orElseThrow(
            () ->
                type.isEmpty()
                    ? json.error("architectures", "one of " + String.join(", ", names()))
                    : new CheckpointException(
                        "model_type: "
                            + type
                            + " (expected: "
                            + NearestName.expectation(type, types)
                            + "), "
                            + file));
  }
}
