package dev.kelpie.cli.sweep;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import dev.kelpie.config.ConfigException;
import dev.kelpie.config.Origins;
import dev.kelpie.config.file.ExperimentText;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The overrides in a block of a sweep file. A key may be a path in quotes or in nested blocks:
 * {@code "learner.epochs" = 2} and {@code learner { epochs = 2 }} are the same.
 *
 * @param values the values by path, in the order of the file
 */
record Settings(Map<String, ConfigValue> values) {
  /**
   * Reads a block.
   *
   * @param name its name, for messages
   * @throws ConfigException when a path is given twice or is none
   */
  static Settings of(Config block, String name) {
    Map<String, ConfigValue> values = new LinkedHashMap<>();
    add(block.root(), List.of(), name, values);
    return new Settings(values);
  }

  private static void add(
      ConfigObject object, List<String> above, String name, Map<String, ConfigValue> values) {
    List<Map.Entry<String, ConfigValue>> entries = new ArrayList<>(object.entrySet());
    entries.sort(
        Comparator.comparingInt(
                (Map.Entry<String, ConfigValue> entry) -> entry.getValue().origin().lineNumber())
            .thenComparing(Map.Entry::getKey));
    for (Map.Entry<String, ConfigValue> entry : entries) {
      List<String> path = new ArrayList<>(above);
      path.addAll(parts(entry, name));
      String key = ConfigUtil.joinPath(path);
      if (entry.getValue() instanceof ConfigObject inner && !inner.isEmpty()) {
        add(inner, path, name, values);
      } else if (values.putIfAbsent(key, entry.getValue()) != null) {
        throw wrong(name + "." + key, "given twice", "once", entry.getValue());
      }
    }
  }

  private static List<String> parts(Map.Entry<String, ConfigValue> entry, String name) {
    try {
      return ConfigUtil.splitPath(entry.getKey());
    } catch (com.typesafe.config.ConfigException e) {
      throw wrong(
          name + ".\"" + entry.getKey() + "\"",
          "no key",
          "a key of an experiment, such as learner.epochs",
          entry.getValue());
    }
  }

  /**
   * The lists of values by path.
   *
   * @throws ConfigException when a value is no list, an empty one, or has a value twice
   */
  Map<String, List<ConfigValue>> axes() {
    Map<String, List<ConfigValue>> axes = new LinkedHashMap<>();
    values.forEach(
        (key, value) -> {
          if (!(value instanceof ConfigList list) || list.isEmpty()) {
            throw wrong(
                "grid." + key,
                value instanceof ConfigList ? "[]" : text(value),
                "a list of values [a, b, ...]; one value for all cells is for set",
                value);
          }
          List<ConfigValue> choices = new ArrayList<>();
          for (ConfigValue choice : list) {
            if (choices.stream().anyMatch(other -> other.unwrapped().equals(choice.unwrapped()))) {
              throw wrong("grid." + key, text(choice) + " twice", "each value once", choice);
            }
            choices.add(choice);
          }
          axes.put(key, choices);
        });
    return axes;
  }

  /** The overrides as an experiment has them. */
  Config toConfig() {
    Config all = ConfigFactory.empty();
    for (Map.Entry<String, ConfigValue> entry : values.entrySet()) {
      all = all.withFallback(entry.getValue().atPath(entry.getKey()));
    }
    return all;
  }

  /** The values as text by path. */
  Map<String, String> texts() {
    Map<String, String> texts = new LinkedHashMap<>();
    values.forEach((key, value) -> texts.put(key, text(value)));
    return texts;
  }

  /** A value as a person would write it. */
  static String text(ConfigValue value) {
    Object plain = value.unwrapped();
    return plain instanceof String words ? words : ExperimentText.value(plain);
  }

  static ConfigException wrong(String key, String value, String expectation, ConfigValue at) {
    String place = Origins.of(at);
    return new ConfigException(
        key
            + ": "
            + value
            + " (expected: "
            + expectation
            + ")"
            + (place.isEmpty() ? "" : ", " + place));
  }
}
