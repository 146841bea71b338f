package dev.kelpie.model.architecture;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Keys of a file that no reader asks for and that are known: those that never change a result,
 * those that do not at certain values, and those that always would. docs/models.md lists them.
 */
final class KnownKeys {
  /** A key's reason, and the values at which it holds; none: at every value. */
  record Harmless(String reason, List<String> values) {
    Harmless {
      values = List.copyOf(values);
    }
  }

  private final Map<String, Harmless> harmless = new LinkedHashMap<>();
  private final Map<String, String> refused = new LinkedHashMap<>();

  /** Keys that never matter. */
  KnownKeys ignoring(String reason, String... keys) {
    for (String key : keys) {
      harmless.put(key, new Harmless(reason, List.of()));
    }
    return this;
  }

  /** Keys that do not matter while they have one of {@code values}, which are JSON texts. */
  KnownKeys ignoring(String reason, List<String> values, String... keys) {
    for (String key : keys) {
      harmless.put(key, new Harmless(reason, values));
    }
    return this;
  }

  /** Keys that Kelpie does not compute; {@code expectation} completes the error. */
  KnownKeys refusing(String expectation, String... keys) {
    for (String key : keys) {
      refused.put(key, expectation);
    }
    return this;
  }

  /** All of {@code more} too. */
  KnownKeys with(KnownKeys more) {
    harmless.putAll(more.harmless);
    refused.putAll(more.refused);
    return this;
  }

  /** The known harmless keys, in the order in which they were added. */
  Map<String, Harmless> harmless() {
    return new LinkedHashMap<>(harmless);
  }

  /** The refused keys with what is expected in their place. */
  Map<String, String> refused() {
    return new LinkedHashMap<>(refused);
  }

  /** Throws on the first key of {@code json} that is refused, unless it is null or false. */
  void require(ConfigJson json) {
    for (Map.Entry<String, String> entry : refused.entrySet()) {
      String key = entry.getKey();
      if (json.has(key) && !json.is(key, "false")) {
        throw json.error(key, entry.getValue());
      }
    }
  }

  /** Of {@code json}, what was asked for, what is harmless and what is neither. */
  ConfigReading reading(ConfigJson json, String refusal) {
    ConfigReading.Lists lists = new ConfigReading.Lists();
    for (String key : json.keys()) {
      if (json.wasAsked(key)) {
        lists.read.add(key);
        if (json.isObject(key)) {
          inner(json.object(key), key + ".", lists);
        }
      } else if (isHarmless(json, key)) {
        lists.ignored.add(key);
      } else if (refusal.isEmpty()) { // else the reader may have stopped before it asked
        lists.unknown.add(key);
        lists.warnings.add(warning(json, key));
      }
    }
    return lists.reading(json.file(), refusal);
  }

  private static void inner(ConfigJson json, String prefix, ConfigReading.Lists lists) {
    for (String key : json.keys()) {
      if (json.wasAsked(key)) {
        lists.read.add(prefix + key);
      } else if (json.is(key, "null")) {
        lists.ignored.add(prefix + key);
      } else {
        lists.unknown.add(prefix + key);
        lists.warnings.add(unknown(json, prefix, key));
      }
    }
  }

  private boolean isHarmless(ConfigJson json, String key) {
    Harmless known = harmless.get(key);
    if (json.is(key, "null")) {
      return true;
    }
    if (known == null) {
      return false;
    }
    return known.values().isEmpty()
        || known.values().stream().anyMatch(value -> json.is(key, value));
  }

  private String warning(ConfigJson json, String key) {
    Harmless known = harmless.get(key);
    return known == null
        ? unknown(json, "", key)
        : String.format(
            Locale.ROOT,
            "%s: %s: %s is not applied: %s",
            json.file().getFileName(),
            key,
            json.shown(key),
            known.reason());
  }

  private static String unknown(ConfigJson json, String prefix, String key) {
    return String.format(
        Locale.ROOT,
        "%s: %s%s: %s is not known and not used",
        json.file().getFileName(),
        prefix,
        key,
        json.shown(key));
  }
}
