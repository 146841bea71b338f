package dev.kelpie.cli.check;

import dev.kelpie.cli.check.ExperimentValues.Value;
import dev.kelpie.config.ConfigException;
import dev.kelpie.config.file.ExperimentFiles;
import dev.kelpie.config.file.LoadedExperiment;
import dev.kelpie.experience.RunFolder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The keys in which two experiments differ after presets and defaults. */
public record ExperimentDiff(List<Difference> differences) {
  private static final Value NONE = new Value("-", "");

  /**
   * A key whose values differ.
   *
   * @param first value and place in the first experiment; {@code -} where it has no such key
   * @param second the same in the second
   */
  public record Difference(String key, String first, String second) {
    /** The difference as one line. */
    public String line() {
      return key + ": " + first + " -> " + second;
    }
  }

  public ExperimentDiff {
    differences = List.copyOf(differences);
  }

  /**
   * Compares two experiments. A name that neither of them gives is not compared, because it is that
   * of the file, and of blocks of two types the defaults that only one type has are left out.
   */
  public static ExperimentDiff of(LoadedExperiment first, LoadedExperiment second) {
    Map<String, Value> before = ExperimentValues.of(first);
    Map<String, Value> after = ExperimentValues.of(second);
    Set<String> keys = new LinkedHashSet<>(before.keySet());
    keys.addAll(after.keySet());
    if (ExperimentValues.isNamedAfterFile(first) && ExperimentValues.isNamedAfterFile(second)) {
      keys.remove("run.name");
    }
    List<Difference> differences = new ArrayList<>();
    for (String key : keys) {
      Value one = before.getOrDefault(key, NONE);
      Value other = after.getOrDefault(key, NONE);
      if (!one.text().equals(other.text()) && !isDefaultOfAnotherType(one, other)) {
        differences.add(new Difference(key, one.toString(), other.toString()));
      }
    }
    return new ExperimentDiff(differences);
  }

  /** Whether only one experiment has the key, as a default of a type that the other has not. */
  private static boolean isDefaultOfAnotherType(Value one, Value other) {
    return (one.equals(NONE) && other.isDefault()) || (other.equals(NONE) && one.isDefault());
  }

  /**
   * Reads an experiment file, or the experiment of a run folder.
   *
   * @throws ConfigException on anything wrong
   */
  static LoadedExperiment read(Path path) {
    if (!Files.isDirectory(path)) {
      return ExperimentFiles.load(path, List.of());
    }
    Path recorded = new RunFolder(path).experimentFile();
    if (!Files.isRegularFile(recorded)) {
      throw new ConfigException(
          path + ": no experiment.conf in it (expected: an experiment file or a run folder)");
    }
    return ExperimentFiles.loadRecorded(recorded, List.of());
  }
}
