package dev.kelpie.model.architecture;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What was made of the keys of one JSON file of a checkpoint, {@code config.json} or {@code
 * generation_config.json}. No weights are read.
 *
 * @param file the file
 * @param read keys whose values are used; those inside an object as {@code object.key}
 * @param ignored keys that are known not to matter with the values they have; docs/models.md says
 *     why
 * @param unknown keys that are not used and whose meaning is not known, or would matter
 * @param warnings one line for each unknown key, and for what else a user must know
 * @param refusal why the file is refused, in one line; empty if it is not
 */
public record ConfigReading(
    Path file,
    List<String> read,
    List<String> ignored,
    List<String> unknown,
    List<String> warnings,
    String refusal) {
  public ConfigReading {
    read = List.copyOf(read);
    ignored = List.copyOf(ignored);
    unknown = List.copyOf(unknown);
    warnings = List.copyOf(warnings);
  }

  /**
   * Reads {@code config.json} of {@code folder}, and {@code generation_config.json} if there is
   * one.
   *
   * @throws CheckpointException if {@code config.json} is missing, or a file is no JSON object
   */
  public static List<ConfigReading> of(Path folder) {
    List<ConfigReading> readings = new ArrayList<>();
    readings.add(Architectures.reading(folder));
    Path generation = folder.resolve(GenerationConfig.FILE);
    if (Files.exists(generation)) {
      readings.add(GenerationConfig.reading(generation));
    }
    return readings;
  }

  /** The warnings of all files of {@code folder}; see {@link #of}. */
  public static List<String> warnings(Path folder) {
    List<String> lines = new ArrayList<>();
    of(folder).forEach(reading -> lines.addAll(reading.warnings()));
    GenerationConfig.noteOnStops(folder).ifPresent(lines::add);
    return lines;
  }

  /** The lists of a reading that is being made. */
  static final class Lists {
    final List<String> read = new ArrayList<>();
    final List<String> ignored = new ArrayList<>();
    final List<String> unknown = new ArrayList<>();
    final List<String> warnings = new ArrayList<>();

    ConfigReading reading(Path file, String refusal) {
      return new ConfigReading(file, read, ignored, unknown, warnings, refusal);
    }
  }
}
