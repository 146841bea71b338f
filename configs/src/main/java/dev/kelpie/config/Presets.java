package dev.kelpie.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigValue;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;

/**
 * Published recipes by name: HOCON fragments beside this class that give the values which the file
 * leaves out. A block such as {@code loss} whose {@code type} the file changes takes nothing from
 * the recipe.
 */
public final class Presets {
  /** The names of all presets. */
  public static final List<String> NAMES =
      List.of("grpo", "ppo", "dr-grpo", "dapo", "rloo", "reinforce-plus-plus", "gspo");

  private static final List<String> TYPED =
      List.of("algorithm.advantage", "algorithm.loss", "algorithm.value-loss");

  private Presets() {}

  static Config complete(Config written) {
    String key = "algorithm.preset";
    ConfigValue given = written.hasPathOrNull(key) ? written.getValue(key) : null;
    String name =
        given == null ? AlgorithmOptions.DEFAULTS.preset() : String.valueOf(given.unwrapped());
    if (!NAMES.contains(name)) {
      throw ConfigException.at(
          key, name, NearestName.expectation(name, NAMES), given == null ? "" : Origins.of(given));
    }
    Config preset = read(name);
    for (String block : TYPED) {
      String type = block + ".type";
      if (written.hasPath(type)
          && !(preset.hasPath(type) && preset.getValue(type).equals(written.getValue(type)))) {
        preset = preset.withoutPath(block);
      }
    }
    return written.withFallback(preset);
  }

  private static Config read(String name) {
    try (Reader reader =
        new InputStreamReader(
            Objects.requireNonNull(
                Presets.class.getResourceAsStream("presets/" + name + ".conf"), name),
            StandardCharsets.UTF_8)) {
      return ConfigFactory.parseReader(
          reader, ConfigParseOptions.defaults().setOriginDescription("preset " + name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
