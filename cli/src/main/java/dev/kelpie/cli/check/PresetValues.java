package dev.kelpie.cli.check;

import dev.kelpie.config.AlgorithmOptions;
import dev.kelpie.config.file.Presets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.StringJoiner;

/** The values that the presets give to keys, which apply where an experiment says nothing. */
final class PresetValues {
  /** By preset, then by the path of the key. */
  private final Map<String, Map<String, String>> values = new LinkedHashMap<>();

  PresetValues() {
    Presets.NAMES.forEach(name -> values.put(name, Presets.values(name)));
  }

  /** The value of the preset that applies where an experiment names none. */
  Optional<String> usual(String path) {
    return Optional.ofNullable(values.get(AlgorithmOptions.DEFAULTS.preset()))
        .map(preset -> preset.get(path));
  }

  /**
   * The presets that give {@code path} a value, as {@code , by preset: ppo 0.05, ...}; empty where
   * none does.
   *
   * @param type only of presets whose block has this type; empty for all
   * @param fallback a value that is not worth telling
   */
  String byPreset(String path, String type, String fallback) {
    String block = path.substring(0, Math.max(0, path.lastIndexOf('.')));
    StringJoiner byPreset = new StringJoiner(", ", "; by preset: ", "").setEmptyValue("");
    values.forEach(
        (name, preset) -> {
          String value = preset.getOrDefault(path, preset.getOrDefault(path + ".type", fallback));
          boolean applies = type.isEmpty() || type.equals(preset.get(block + ".type"));
          if (applies && !value.equals(fallback)) {
            byPreset.add(name + " " + value);
          }
        });
    return byPreset.toString();
  }
}
