package dev.kelpie.config.file;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import dev.kelpie.config.AlgorithmOptions;
import dev.kelpie.config.ConfigException;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.NearestName;
import dev.kelpie.config.Origins;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * Published recipes and the defaults of other frameworks ({@link Peer}) by name: HOCON fragments
 * beside {@link Experiment} that give the values which the file leaves out. A block such as {@code
 * loss} whose {@code type} the file changes takes nothing from the recipe.
 */
public final class Presets {
  /** The names of all presets. */
  public static final List<String> NAMES =
      List.of(
          "grpo",
          "ppo",
          "dr-grpo",
          "dapo",
          "rloo",
          "prime",
          "reinforce-plus-plus",
          "gspo",
          "online-dpo",
          "online-ipo",
          "sppo",
          "rso",
          "kto",
          "best-of-n",
          "spin",
          "xpo",
          "nash-md",
          "trl-grpo",
          "trl-rloo",
          "trl-dpo",
          "trl-kto",
          "verl-ppo",
          "verl-grpo",
          "openrlhf-ppo",
          "openrlhf-reinforce-plus-plus",
          "prime-rl-default");

  private static final List<String> TYPED =
      List.of(
          "algorithm.advantage",
          "algorithm.loss",
          "algorithm.value-loss",
          "algorithm.select",
          "algorithm.pairing",
          "algorithm.label",
          "algorithm.weight",
          "algorithm.margin",
          "algorithm.response-label",
          "algorithm.token-weight",
          "algorithm.kl-weight",
          "algorithm.token-reward",
          "compare",
          "group-reward");

  private Presets() {}

  /** What the preset {@code name} gives, as HOCON by the path of each key. */
  public static Map<String, String> values(String name) {
    Map<String, String> values = new TreeMap<>();
    for (Map.Entry<String, ConfigValue> entry : read(name).entrySet()) {
      ConfigValue value = entry.getValue();
      boolean text = value.valueType() == ConfigValueType.STRING;
      values.put(
          entry.getKey(),
          text ? String.valueOf(value.unwrapped()) : ExperimentText.value(value.unwrapped()));
    }
    return values;
  }

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
    if (preset.hasPath("members")) {
      for (String member : preset.getObject("members").keySet()) {
        String from = "members." + member + ".from";
        if (written.hasPath(from) && !preset.getValue(from).equals(written.getValue(from))) {
          preset = preset.withoutPath("members." + member);
        }
      }
    }
    return written.withFallback(preset);
  }

  private static Config read(String name) {
    try (Reader reader =
        new InputStreamReader(
            Objects.requireNonNull(
                Experiment.class.getResourceAsStream("presets/" + name + ".conf"), name),
            StandardCharsets.UTF_8)) {
      return ConfigFactory.parseReader(
          reader, ConfigParseOptions.defaults().setOriginDescription("preset " + name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
