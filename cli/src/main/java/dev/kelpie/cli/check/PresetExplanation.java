package dev.kelpie.cli.check;

import dev.kelpie.cli.check.ExperimentValues.Value;
import dev.kelpie.config.file.LoadedExperiment;
import dev.kelpie.config.file.Peer;
import dev.kelpie.config.file.Presets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a preset gives, and of an experiment with a preset, what it has otherwise.
 *
 * @param title the experiment and its preset
 * @param given the keys that have the preset's values
 * @param otherwise the keys that the experiment gives other values
 * @param differences defaults of the framework after which the preset is called that no key
 *     expresses; none for a published recipe
 */
record PresetExplanation(
    String title, List<String> given, List<String> otherwise, Optional<Peer> differences) {
  PresetExplanation {
    given = List.copyOf(given);
    otherwise = List.copyOf(otherwise);
  }

  /** The explanation of the preset {@code name} itself. */
  static PresetExplanation of(String name) {
    List<String> given = new ArrayList<>();
    Presets.values(name).forEach((key, value) -> given.add(key + " = " + value));
    return new PresetExplanation("preset " + name, given, List.of(), Peer.of(name));
  }

  /**
   * The explanation of the preset that an experiment begins with.
   *
   * @throws dev.kelpie.config.ConfigException when an option of a typed block is wrong
   */
  static PresetExplanation of(LoadedExperiment loaded, String shown) {
    String name = loaded.experiment().algorithm().preset();
    Map<String, Value> values = ExperimentValues.of(loaded);
    List<String> given = new ArrayList<>();
    List<String> otherwise = new ArrayList<>();
    Presets.values(name)
        .forEach(
            (key, value) -> {
              Value own = values.get(key);
              if (own == null) {
                otherwise.add(key + ": none in place of " + value + ", because of another type");
              } else if (isEqual(own.text(), value)) {
                given.add(key + " = " + value);
              } else {
                otherwise.add(key + ": " + own + " in place of " + value);
              }
            });
    return new PresetExplanation(shown + ": preset " + name, given, otherwise, Peer.of(name));
  }

  /** Numbers are equal by value, texts with and without quotes. */
  private static boolean isEqual(String own, String preset) {
    String plain = own.replaceAll("^\"|\"$", "");
    if (plain.equals(preset)) {
      return true;
    }
    try {
      return Double.parseDouble(plain) == Double.parseDouble(preset);
    } catch (NumberFormatException e) {
      return false; // one of them is no number
    }
  }

  /** Lines for a terminal. */
  String text() {
    StringBuilder text = new StringBuilder(title);
    differences.ifPresent(peer -> text.append(", the defaults of ").append(peer.name()));
    text.append('\n');
    section(text, "given by the preset", given);
    section(text, "written otherwise", otherwise);
    differences.ifPresent(
        peer ->
            section(
                text,
                "defaults of " + peer.name() + " that no key expresses",
                peer.differences().stream().map(Peer.Difference::line).toList()));
    return text.toString();
  }

  private static void section(StringBuilder text, String title, List<String> lines) {
    if (!lines.isEmpty()) {
      text.append('\n').append(title).append('\n');
      lines.forEach(line -> text.append("  ").append(line).append('\n'));
    }
  }
}
