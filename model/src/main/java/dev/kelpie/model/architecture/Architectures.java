package dev.kelpie.model.architecture;

import dev.kelpie.config.Catalog;
import dev.kelpie.config.NearestName;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;

/** The catalog of architectures, by their name in {@code config.json}. */
public final class Architectures {
  private static final Catalog<Architecture> CATALOG =
      catalog(
          new Llama(),
          new Llama("LlamaForSequenceClassification"),
          new Llama("LlamaForTokenClassification"),
          new Mistral(),
          new Mistral("MistralForSequenceClassification"),
          new Mistral("MistralForTokenClassification"),
          new Qwen2(),
          new Qwen2("Qwen2ForSequenceClassification"),
          new Qwen2("Qwen2ForTokenClassification"),
          new Qwen3(),
          new Qwen3("Qwen3ForSequenceClassification"),
          new Qwen3("Qwen3ForTokenClassification"),
          new SmolLM3(),
          new SmolLM3("SmolLM3ForSequenceClassification"),
          new SmolLM3("SmolLM3ForTokenClassification"),
          new Gpt2(),
          new Gpt2("GPT2ForSequenceClassification"),
          new Gpt2("GPT2ForTokenClassification"),
          new Gemma2(),
          new Gemma2("Gemma2ForSequenceClassification"),
          new Gemma2("Gemma2ForTokenClassification"),
          new Gemma3(),
          new Gemma3("Gemma3TextForSequenceClassification"),
          new Phi3(),
          new Phi3("Phi3ForSequenceClassification"),
          new Phi3("Phi3ForTokenClassification"),
          new Qwen3Moe(),
          new Qwen3Moe("Qwen3MoeForSequenceClassification"),
          new Qwen3Moe("Qwen3MoeForTokenClassification"));

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
   * The class of the catalog with the trunk of {@code architecture} and a head whose name ends in
   * {@code ending}.
   *
   * @throws CheckpointException if transformers has none
   */
  static String classifier(String architecture, String ending) {
    String type = named(architecture).modelType();
    return names().stream()
        .filter(name -> name.endsWith(ending) && named(name).modelType().equals(type))
        .findFirst()
        .orElseThrow(
            () ->
                CheckpointException.of(
                    "architectures: %s (expected: one of which transformers has a class ...%s)",
                    architecture, ending));
  }

  /** The token that pads in a model's sequences where its file names none. */
  static OptionalInt padding(ModelConfig config) {
    return named(config.architecture()).padding();
  }

  /**
   * Reads {@code folder/config.json}, written by transformers 4 or 5.
   *
   * @throws CheckpointException if it is missing, broken or of an unknown architecture
   */
  static ModelConfig read(Path folder) {
    ModelFolder.require(folder);
    return read(ConfigJson.open(folder.resolve("config.json")));
  }

  /** What is made of the keys of {@code config.json}. */
  static ConfigReading reading(Path folder) {
    ModelFolder.require(folder);
    ConfigJson json = ConfigJson.open(folder.resolve("config.json"));
    String type = "";
    String refusal = "";
    try {
      type = named(read(json).architecture()).modelType();
      json.ids("eos_token_id");
    } catch (CheckpointException e) {
      refusal = String.valueOf(e.getMessage());
    }
    return ModelKeys.known(type).reading(json, refusal);
  }

  private static ModelConfig read(ConfigJson json) {
    Architecture architecture = architecture(json);
    ModelKeys.known(architecture.modelType()).require(json);
    try {
      return architecture.read(json);
    } catch (IllegalArgumentException e) {
      throw new CheckpointException(e.getMessage() + ", " + json.file(), e);
    }
  }

  /**
   * The architecture by its class name. Where a file has a {@code model_type} too, that one decides
   * in transformers, so both must name one family.
   */
  private static Architecture architecture(ConfigJson json) {
    List<String> names = json.texts("architectures");
    if (names.isEmpty()) {
      return ofType(json);
    }
    Architecture architecture = named(names.get(0), ", " + json.file());
    if (names.size() > 1) {
      throw json.error("architectures", "one name");
    }
    String type = json.text("model_type", architecture.modelType());
    if (!type.equals(architecture.modelType())) {
      throw json.error("model_type", architecture.modelType() + ", by architectures");
    }
    return architecture;
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

  private static Architecture ofType(ConfigJson json) {
    String type = json.text("model_type", "");
    if (type.isEmpty()) {
      throw json.error("architectures", "one of " + String.join(", ", names()));
    }
    Map<String, Architecture> types = new LinkedHashMap<>();
    for (String name : names()) {
      types.putIfAbsent(named(name).modelType(), named(name)); // language models come first
    }
    Architecture architecture = types.get(type);
    if (architecture == null) {
      throw CheckpointException.of(
          "model_type: %s (expected: %s), %s",
          type, NearestName.expectation(type, types.keySet()), json.file());
    }
    return architecture;
  }
}
