package dev.kelpie.model.merged;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.kelpie.config.NearestName;
import dev.kelpie.model.Checkpoint;
import dev.kelpie.model.adapter.AdapterConfig;
import dev.kelpie.model.adapter.AdapterTargets;
import dev.kelpie.model.architecture.CheckpointException;
import dev.kelpie.model.architecture.JsonFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;

/**
 * {@code adapter_config.json} as PEFT 0.21 writes it. A key that changes what the adapter computes
 * must have the value at which it does not; an unknown key is refused.
 *
 * @param config what Kelpie computes with
 * @param base the base that the adapter was trained on, as it is written; may be empty
 */
record AdapterSettings(AdapterConfig config, String base) {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int MOST_BYTES = 1 << 20;
  private static final int SHOWN = 80;

  /** Keys that are read. */
  private static final List<String> READ =
      List.of(
          "peft_type",
          "r",
          "lora_alpha",
          "use_rslora",
          "lora_dropout",
          "modules_to_save",
          "target_modules",
          "base_model_name_or_path");

  /** Keys that change nothing of what a trained adapter computes. */
  private static final List<String> WITHOUT_EFFECT =
      List.of(
          "auto_mapping",
          "fan_in_fan_out",
          "inference_mode",
          "megatron_core",
          "peft_version",
          "qalora_group_size",
          "revision");

  /** Other keys with the JSON texts of the values at which they change nothing. */
  private static final Map<String, List<String>> NEUTRAL =
      Map.ofEntries(
          Map.entry("alora_invocation_tokens", List.of("null")),
          Map.entry("alpha_pattern", List.of("{}", "null")),
          Map.entry("arrow_config", List.of("null")),
          Map.entry("bias", List.of("\"none\"")),
          Map.entry("corda_config", List.of("null")),
          Map.entry("ensure_weight_tying", List.of("false")),
          Map.entry("eva_config", List.of("null")),
          Map.entry("exclude_modules", List.of("null", "[]")),
          Map.entry("init_lora_weights", List.of("true", "false", "\"gaussian\"")),
          Map.entry("kasa_config", List.of("null")),
          Map.entry("layer_replication", List.of("null")),
          Map.entry("layers_pattern", List.of("null", "[]")),
          Map.entry("layers_to_transform", List.of("null")),
          Map.entry("loftq_config", List.of("{}", "null")),
          Map.entry("lora_bias", List.of("false")),
          Map.entry("lora_ga_config", List.of("null")),
          Map.entry("megatron_config", List.of("null")),
          Map.entry("monteclora_config", List.of("null")),
          Map.entry("rank_pattern", List.of("{}", "null")),
          Map.entry("target_parameters", List.of("null", "[]")),
          Map.entry("task_type", List.of("\"CAUSAL_LM\"", "null")),
          Map.entry("trainable_token_indices", List.of("null")),
          Map.entry("use_bdlora", List.of("null", "false")),
          Map.entry("use_dora", List.of("false")),
          Map.entry("use_qalora", List.of("false")),
          Map.entry("velora_config", List.of("null")));

  /**
   * Reads the settings of the adapter in {@code folder}.
   *
   * @throws CheckpointException in one line with key, value and expectation
   */
  static AdapterSettings read(Path folder) {
    Path file = folder.resolve(Checkpoint.ADAPTER_SETTINGS);
    ObjectNode json = JsonFile.read(file, MOST_BYTES);
    if (!json.path("peft_type").asText().equals("LORA")) {
      throw wrong(file, "peft_type", json, "\"LORA\"");
    }
    for (Map.Entry<String, JsonNode> field : json.properties()) {
      String key = field.getKey();
      List<String> neutral = NEUTRAL.get(key);
      if (neutral != null && !neutral.contains(field.getValue().toString())) {
        throw wrong(file, key, json, String.join(" or ", neutral));
      }
      if (neutral == null && !READ.contains(key) && !WITHOUT_EFFECT.contains(key)) {
        TreeSet<String> known = new TreeSet<>(NEUTRAL.keySet());
        known.addAll(READ);
        known.addAll(WITHOUT_EFFECT);
        throw wrong(
            file,
            key,
            json,
            NearestName.of(key, known).map(near -> near + "?").orElse("a key of PEFT's LoRA"));
      }
    }
    return new AdapterSettings(config(file, json), json.path("base_model_name_or_path").asText(""));
  }

  private static AdapterConfig config(Path file, ObjectNode json) {
    JsonNode rank = json.path("r");
    if (!rank.isInt() || rank.asInt() < 1) {
      throw wrong(file, "r", json, "a rank from 1");
    }
    JsonNode alpha = json.path("lora_alpha");
    if (!alpha.isNumber() || !(alpha.asDouble() > 0) || Double.isInfinite(alpha.asDouble())) {
      throw wrong(file, "lora_alpha", json, "a number above 0");
    }
    JsonNode rslora = json.path("use_rslora");
    if (!rslora.isBoolean() && !rslora.isMissingNode()) {
      throw wrong(file, "use_rslora", json, "true or false");
    }
    JsonNode dropout = json.path("lora_dropout");
    boolean probability = dropout.isNumber() && dropout.asDouble() >= 0 && dropout.asDouble() < 1;
    if (!probability && !dropout.isMissingNode()) {
      throw wrong(file, "lora_dropout", json, "a number in [0, 1)");
    }
    return new AdapterConfig(
        rank.asInt(),
        alpha.asDouble(),
        rslora.asBoolean(false),
        targets(file, json),
        dropout.asDouble(0),
        names(file, json, "modules_to_save"));
  }

  private static AdapterTargets targets(Path file, ObjectNode json) {
    JsonNode written = json.path("target_modules");
    String expected = "a list of names, or a regular expression";
    if (written.isTextual()) {
      try {
        return AdapterTargets.ofPattern(written.asText());
      } catch (IllegalArgumentException e) {
        throw new CheckpointException(file + ": target_modules: " + e.getMessage(), e);
      }
    }
    List<String> names = names(file, json, "target_modules");
    if (names.isEmpty()) {
      throw wrong(file, "target_modules", json, expected);
    }
    return new AdapterTargets(names, "");
  }

  /** A list of names; null and a missing key are an empty one. */
  private static List<String> names(Path file, ObjectNode json, String key) {
    JsonNode written = json.path(key);
    boolean none = written.isNull() || written.isMissingNode();
    List<String> names = new ArrayList<>();
    for (JsonNode name : written) {
      if (!name.isTextual() || name.asText().isEmpty()) {
        throw wrong(file, key, json, "a list of names");
      }
      names.add(name.asText());
    }
    if (!written.isArray() && !none) {
      throw wrong(file, key, json, "a list of names");
    }
    return names;
  }

  private static CheckpointException wrong(
      Path file, String key, ObjectNode json, String expectation) {
    String value = json.has(key) ? json.get(key).toString() : "missing";
    String shown = value.length() <= SHOWN ? value : value.substring(0, SHOWN) + "...";
    return CheckpointException.of("%s: %s: %s (expected: %s)", file, key, shown, expectation);
  }

  /** The text of the file. */
  String text() {
    ObjectNode json = JSON.createObjectNode();
    json.put("base_model_name_or_path", base);
    json.put("bias", "none");
    json.put("fan_in_fan_out", false);
    json.put("inference_mode", true);
    json.put("init_lora_weights", true);
    if (config.alpha() == Math.rint(config.alpha()) && config.alpha() < Integer.MAX_VALUE) {
      json.put("lora_alpha", (int) config.alpha());
    } else {
      json.put("lora_alpha", config.alpha());
    }
    json.put("lora_dropout", config.dropout());
    if (!config.saved().isEmpty()) {
      config.saved().forEach(json.putArray("modules_to_save")::add);
    }
    json.put("peft_type", "LORA");
    json.put("r", config.rank());
    if (config.targets().pattern().isEmpty()) {
      config.targets().names().forEach(json.putArray("target_modules")::add);
    } else {
      json.put("target_modules", config.targets().pattern());
    }
    json.put("task_type", "CAUSAL_LM");
    json.put("use_rslora", config.rslora());
    try {
      return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(json);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(String.format(Locale.ROOT, "no JSON: %s", json), e);
    }
  }
}
