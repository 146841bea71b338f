package dev.kelpie.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import com.typesafe.config.ConfigValueType;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A subtree of an experiment file whose shape a {@link Catalog} decides, such as {@code loss { type
 * = ppo-clip, clip-high = 0.28 }}. Knows its path and where each of its values was written. Never
 * changes.
 */
public final class ConfigBlock {
  private final String path;
  private final ConfigObject object;

  public ConfigBlock(String path, ConfigObject object) {
    this.path = path;
    this.object = object;
  }

  /** A block without keys. */
  public static ConfigBlock empty(String path) {
    return of(path, Map.of());
  }

  /** A block made in code rather than in a file; values as HOCON has them. */
  public static ConfigBlock of(String path, Map<String, ?> values) {
    return new ConfigBlock(path, ConfigValueFactory.fromMap(values, ""));
  }

  /** Its path, such as {@code algorithm.loss}. */
  public String path() {
    return path;
  }

  /** The value of its key {@code type}, if it is given as a text. */
  public Optional<String> type() {
    ConfigValue type = object.get("type");
    return type == null || type.valueType() != ConfigValueType.STRING
        ? Optional.empty()
        : Optional.of((String) type.unwrapped());
  }

  /**
   * Its values over {@code defaults}, a record whose components are the known keys in kebab-case.
   * The key {@code type} and the keys in {@code also} are ignored.
   *
   * @throws ConfigException on an unknown key, a value of the wrong type or one that the record's
   *     constructor refuses
   */
  public <R> R bind(R defaults, String... also) {
    Set<String> ignored = new HashSet<>(Arrays.asList(also));
    ignored.add("type");
    return RecordBinder.bind(object, path, defaults, ignored);
  }

  /** Its values over {@code defaults}; keys that {@code defaults} does not have are ignored. */
  public <R> R bindKnown(R defaults) {
    return RecordBinder.bind(object, path, defaults, object.keySet());
  }

  /** An exception: what is wrong with the value of {@code key}, and where it was written. */
  public ConfigException error(String key, @Nullable Object value, String expectation) {
    ConfigValue written = object.get(key);
    return ConfigException.at(
        RecordBinder.join(path, key),
        value,
        expectation,
        Origins.of(written == null ? object : written));
  }

  /** All values with the places where they were written. */
  public Config toConfig() {
    return object.toConfig();
  }

  /** All values as plain Java: text, number, boolean, list, map. */
  public Map<String, Object> values() {
    return new LinkedHashMap<>(object.unwrapped());
  }

  /** Completes the message of a failed {@link Require} check with path and place. */
  public ConfigException refused(IllegalArgumentException cause) {
    return RecordBinder.refused(object, path, cause);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof ConfigBlock block
        && path.equals(block.path)
        && object.equals(block.object);
  }

  @Override
  public int hashCode() {
    return 31 * path.hashCode() + object.hashCode();
  }

  @Override
  public String toString() {
    return path + object.unwrapped();
  }
}
