package dev.kelpie.model.architecture;

import dev.kelpie.config.Catalog;
import dev.kelpie.config.NearestName;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The catalog of architectures, by their name in {@code config.json}. */
public final class Architectures {
  private static final Catalog<Architecture> CATALOG =
      catalog(
          new Llama(), new LlamaReward(), new Mistral(), new Qwen2(), new Qwen3(), new SmolLM3());

  private Architectures() {}

  /** All names, in the order of the catalog. */
  public static Set<String> names() {
    return CATALOG.names();
  }

  /** The architecture called {@code name}; an unknown name throws and names the nearest. */
  static Architecture named(String name) {
    return named(name, "");
  }

  /**
   * Reads {@code folder/config.json}, written by transformers 4 or 5.
   *
   * @throws CheckpointException if it is missing, broken or of an unknown architecture
   */
  static ModelConfig read(Path folder) {
    Path file = folder.resolve("config.json");
    ConfigJson json = ConfigJson.open(file);
    List<String> names = json.texts("architectures");
    Architecture architecture =
        names.isEmpty() ? ofType(json, file) : named(names.get(0), ", " + file);
    try {
      return architecture.read(json);
    } catch (IllegalArgumentException e) {
      throw new CheckpointException(e.getMessage() + ", " + file, e);
    }
  }

  private static Catalog<Architecture> catalog(Architecture... architectures) {
    Catalog<Architecture> catalog = Catalog.of("architecture");
    for (Architecture architecture : architectures) {
      catalog = catalog.add(architecture.name(), architecture);
    }
    return catalog;
  }

  private static Architecture named(String name, String place) {
    return CATALOG
        .find(name)
        .orElseThrow(
            () ->
                CheckpointException.of(
                    "architectures: %s (expected: %s)%s",
                    name, NearestName.expectation(name, names()), place));
  }

  private static Architecture ofType(ConfigJson json, Path file) {
    String type = json.text("model_type", "");
    if (type.isEmpty()) {
      throw json.error("architectures", "one of " + String.join(", ", names()));
    }
    Map<String, Architecture> types = new LinkedHashMap<>();
    names().stream().map(Architectures::named).forEach(each -> types.put(each.modelType(), each));
    types.remove(""); // of those that have none
    Architecture architecture = types.get(type);
    if (architecture == null) {
      throw CheckpointException.of(
          "model_type: %s (expected: %s), %s",
          type, NearestName.expectation(type, types.keySet()), file);
    }
    return architecture;
  }
}
