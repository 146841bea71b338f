package dev.kelpie.model.architecture;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Typed access to an object of a checkpoint's JSON file; a missing or mistyped key throws a {@link
 * CheckpointException} with key, value, expectation and file. Remembers which keys were asked for.
 */
public final class ConfigJson {
  private static final int SHOWN = 80;

  private final Path file;
  private final String prefix;
  private final JsonNode node;
  private final Set<String> asked;

  private ConfigJson(Path file, String prefix, JsonNode node, Set<String> asked) {
    this.file = file;
    this.prefix = prefix;
    this.node = node;
    this.asked = asked;
  }

  /** Typed access to {@link #read}. */
  public static ConfigJson open(Path file) {
    return new ConfigJson(file, "", read(file), new TreeSet<>());
  }

  /**
   * Reads {@code file}.
   *
   * @throws CheckpointException if it is missing or not a JSON object
   */
  public static ObjectNode read(Path file) {
    return JsonFile.read(file, JsonFile.SETTINGS_BYTES);
  }

  /** The file. */
  Path file() {
    return file;
  }

  /** All keys of the object, in the order of the file. */
  List<String> keys() {
    List<String> keys = new ArrayList<>();
    node.fieldNames().forEachRemaining(keys::add);
    return keys;
  }

  /** Whether a reader asked for {@code key}. */
  boolean wasAsked(String key) {
    return asked.contains(prefix + key);
  }

  /** The value of {@code key} as JSON text, cut to a line. */
  String shown(String key) {
    String text = String.valueOf(node.get(key));
    return text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "...";
  }

  /** Whether the value of {@code key} is equal to the JSON text {@code value}; numbers by value. */
  boolean is(String key, String value) {
    JsonNode found = node.get(key);
    if (found == null) {
      return false;
    }
    boolean number = found.isNumber() && !value.isEmpty() && Character.isDigit(value.charAt(0));
    return number
        ? found.doubleValue() == Double.parseDouble(value)
        : found.toString().equals(value);
  }

  /** Whether {@code key} is there, be it null. */
  boolean isPresent(String key) {
    return value(key) != null;
  }

  /** Whether {@code key} is there and an object; does not count as asking for it. */
  boolean isObject(String key) {
    return node.get(key) instanceof ObjectNode;
  }

  /** Whether {@code key} is there and not null. */
  public boolean has(String key) {
    JsonNode value = value(key);
    return value != null && !value.isNull();
  }

  /** Whether {@code key} is there and null. */
  public boolean isNull(String key) {
    JsonNode value = value(key);
    return value != null && value.isNull();
  }

  /** A whole number. */
  public int integer(String key) {
    JsonNode value = value(key);
    if (value == null || !value.isIntegralNumber() || !value.canConvertToInt()) {
      throw error(key, "a whole number");
    }
    return value.intValue();
  }

  /** A whole number, or {@code absent} when the key is missing; null is an error. */
  public int integer(String key, int absent) {
    return isPresent(key) ? integer(key) : absent;
  }

  /** A number. */
  public double number(String key) {
    JsonNode value = value(key);
    if (value == null || !value.isNumber()) {
      throw error(key, "a number");
    }
    return value.doubleValue();
  }

  /** A number, or {@code absent} when the key is missing; null is an error. */
  public double number(String key, double absent) {
    return isPresent(key) ? number(key) : absent;
  }

  /** True or false, or {@code absent} when the key is missing; null is an error. */
  public boolean flag(String key, boolean absent) {
    JsonNode value = value(key);
    if (value == null) {
      return absent;
    }
    if (!value.isBoolean()) {
      throw error(key, "true or false");
    }
    return value.booleanValue();
  }

  /** A string, or {@code absent} when the key is missing; null is an error. */
  public String text(String key, String absent) {
    JsonNode value = value(key);
    if (value == null) {
      return absent;
    }
    if (!value.isTextual()) {
      throw error(key, "a string");
    }
    return value.textValue();
  }

  /** A list of strings; empty when there is none. */
  public List<String> texts(String key) {
    List<String> texts = new ArrayList<>();
    for (JsonNode entry : list(key)) {
      if (!entry.isTextual()) {
        throw error(key, "a list of strings");
      }
      texts.add(entry.textValue());
    }
    return texts;
  }

  /** A list of whole numbers; empty when there is none. */
  public List<Integer> integers(String key) {
    List<Integer> integers = new ArrayList<>();
    for (JsonNode entry : list(key)) {
      if (!entry.isIntegralNumber() || !entry.canConvertToInt()) {
        throw error(key, "a list of whole numbers");
      }
      integers.add(entry.intValue());
    }
    return integers;
  }

  /** A list of numbers; empty when there is none. */
  public List<Double> numbers(String key) {
    List<Double> numbers = new ArrayList<>();
    for (JsonNode entry : list(key)) {
      if (!entry.isNumber()) {
        throw error(key, "a list of numbers");
      }
      numbers.add(entry.doubleValue());
    }
    return numbers;
  }

  /** A token id that may be a number or a list of numbers; empty when there is none. */
  public List<Integer> ids(String key) {
    if (has(key) && node.get(key).isArray()) {
      return integers(key);
    }
    return has(key) ? List.of(integer(key)) : List.of();
  }

  /** Number of entries of an object or a list; 0 when there is none. */
  int size(String key) {
    return has(key) ? node.get(key).size() : 0;
  }

  /** A nested object. */
  public ConfigJson object(String key) {
    if (value(key) instanceof ObjectNode inner) {
      return new ConfigJson(file, prefix + key + ".", inner, asked);
    }
    throw error(key, "an object");
  }

  /** {@code key: value (expected: expectation), file}. */
  public CheckpointException error(String key, String expectation) {
    JsonNode value = node.get(key);
    return CheckpointException.of(
        "%s%s: %s (expected: %s), %s",
        prefix, key, value == null ? "missing" : shown(key), expectation, file);
  }

  private @Nullable JsonNode value(String key) {
    asked.add(prefix + key);
    return node.get(key);
  }

  private JsonNode list(String key) {
    if (has(key) && !node.get(key).isArray()) {
      throw error(key, "a list");
    }
    return node.path(key);
  }
}
