package dev.kelpie.config.named;

import dev.kelpie.config.ConfigBlock;
import dev.kelpie.config.ConfigException;
import dev.kelpie.config.DataOptions;
import dev.kelpie.config.Doc;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.Require;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A block of {@code data.mix}: a further file of training rows. */
public record MixOptions(
    @Doc("file of rows with the columns that the block data names") String path,
    @Doc("rows of this file for each row of data.path") double weight,
    @Doc("file format: jsonl or parquet") String format) {
  public static final MixOptions DEFAULTS = new MixOptions("", 1, "jsonl");

  public MixOptions {
    Require.that(weight >= 1e-6 && weight <= 1e6, "weight: %s (expected: in [1e-6, 1e6])", weight);
    Require.oneOf("format", format, List.of("jsonl", "parquet"));
  }

  /**
   * The further files of an experiment, in order of their names.
   *
   * @throws ConfigException for a block that is wrong
   */
  public static Map<String, MixOptions> all(Experiment experiment) {
    Map<String, MixOptions> files = new TreeMap<>();
    for (Map.Entry<String, ConfigBlock> entry : experiment.data().mix().entrySet()) {
      MixOptions file = entry.getValue().bind(DEFAULTS);
      if (file.path().isEmpty()) {
        throw entry.getValue().error("path", null, "a file of rows");
      }
      files.put(entry.getKey(), file);
    }
    return files;
  }

  /**
   * Refuses what only {@code kelpie train} does with its data.
   *
   * @param command that reads {@code data.path} alone
   * @throws ConfigException if files are mixed or prompts are filtered
   */
  public static void requireNone(Experiment experiment, String command) {
    DataOptions data = experiment.data();
    String because = " (expected: none, because " + command + " reads all of data.path alone)";
    if (!data.mix().isEmpty()) {
      throw new ConfigException(
          "data.mix: " + String.join(", ", new TreeMap<>(data.mix()).keySet()) + because);
    }
    if (!data.filter().passRate().runPath().isEmpty()) {
      throw new ConfigException(
          "data.filter.pass-rate.run-path: " + data.filter().passRate().runPath() + because);
    }
  }
}
