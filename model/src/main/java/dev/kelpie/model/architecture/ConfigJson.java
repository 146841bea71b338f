package dev.kelpie.model.architecture;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Typed access to an object of a checkpoint's JSON file; a missing or mistyped key throws a {@link
 * CheckpointException} with key, value, expectation and file. {@code null} counts as missing.
 */
public final class ConfigJson {
  private final Path file;
  private final String prefix;
  private final JsonNode node;

  private ConfigJson(Path file, String prefix, JsonNode node) {
    this.file = file;
    this.prefix = prefix;
    this.node = node;
  }

  /** Typed access to {@link #read}. */
  public static ConfigJson open(Path file) {
    return new ConfigJson(file, "", read(file));
  }

  /**
   * Reads {@code file}.
   *
   * @throws CheckpointException if it is missing or not a JSON object
   */
  public static ObjectNode read(Path file) {
    return JsonFile.read(file, JsonFile.SETTINGS_BYTES);
  }

  /** Whether {@code key} is there and not null. */
  public boolean has(String key) {
    return node.hasNonNull(key);
  }

  /** Whether {@code key} is there and null. */
  public boolean isNull(String key) {
    return node.has(key) && node.get(key).isNull();
  }

  /** A whole number. */
  public int integer(String key) {
    JsonNode value = node.get(key);
    if (value == null || !value.isIntegralNumber() || !value.canConvertToInt()) {
      throw error(key, "a whole number");
    }
    return value.intValue();
  }

  /** A whole number, or {@code absent} when there is none. */
  public int integer(String key, int absent) {
    return has(key) ? integer(key) : absent;
  }

  /** A number. */
  public double number(String key) {
    JsonNode value = node.get(key);
    if (value == null || !value.isNumber()) {
      throw error(key, "a number");
    }
    return value.doubleValue();
  }

  /** A number, or {@code absent} when there is none. */
  public double number(String key, double absent) {
    return has(key) ? number(key) : absent;
  }

  /** True or false, or {@code absent} when there is neither. */
  public boolean flag(String key, boolean absent) {
    if (!has(key)) {
      return absent;
    }
    if (!node.get(key).isBoolean()) {
      throw error(key, "true or false");
    }
    return node.get(key).booleanValue();
  }

  /** A string, or {@code absent} when there is none. */
  public String text(String key, String absent) {
    if (!has(key)) {
      return absent;
    }
    if (!node.get(key).isTextual()) {
      throw error(key, "a string");
    }
    return node.get(key).textValue();
  }

  /** A list of strings; empty when there is none. */
  public List<String> texts(String key) {
    List<String> texts = new ArrayList<>();
    for (JsonNode entry : list(key)) {
      texts.add(entry.asText());
    }
    return texts;
  }

  /** A list of whole numbers; empty when there is none. */
  public List<Integer> integers(String key) {
    List<Integer> integers = new ArrayList<>();
    for (JsonNode entry : list(key)) {
      if (!entry.isIntegralNumber() && !entry.isBoolean()) {
        throw error(key, "a list of whole numbers");
      }
      integers.add(entry.isBoolean() ? (entry.booleanValue() ? 1 : 0) : entry.intValue());
    }
    return integers;
  }

  /** A token id that may be a number or a list of numbers; empty when there is none. */
  public List<Integer> ids(String key) {
    if (has(key) && node.get(key).isArray()) {
      return integers(key);
    }
    return has(key) ? List.of(integer(key)) : List.of();
  }

  /** Number of entries of an object or a list; 0 when there is none. */
  public int size(String key) {
    return has(key) ? node.get(key).size() : 0;
  }

  /** A nested object. */
  public ConfigJson object(String key) {
    if (!has(key) || !node.get(key).isObject()) {
      throw error(key, "an object");
    }
    return new ConfigJson(file, prefix + key + ".", node.get(key));
  }

  /** {@code key: value (expected: expectation), file}. */
  public CheckpointException error(String key, String expectation) {
    JsonNode value = node.get(key);
    return CheckpointException.of(
        "%s%s: %s (expected: %s), %s",
        prefix, key, value == null ? "missing" : value, expectation, file);
  }

  private JsonNode list(String key) {
    JsonNode value = node.path(key);
    if (has(key) && !value.isArray()) {
      throw error(key, "a list");
    }
    return value;
  }
}
