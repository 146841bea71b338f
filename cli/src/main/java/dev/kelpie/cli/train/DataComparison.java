package dev.kelpie.cli.train;

import dev.kelpie.cli.check.RunInputs;
import dev.kelpie.config.ConfigException;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.rollout.DataFile;
import dev.kelpie.rollout.ReadOptions;
import dev.kelpie.rollout.rows.FileStamp;
import dev.kelpie.rollout.rows.ReadProgress;
import dev.kelpie.runs.CheckpointStore;
import dev.kelpie.runs.DataHashes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * Compares the data of a run that is resumed with the data that the checkpoint it is resumed from
 * was trained with. Step N takes the rows at fixed positions, so with other data a run is no longer
 * the same run.
 */
public final class DataComparison {
  private DataComparison() {}

  /** What {@code --data-changed} says. */
  public enum Changed {
    REFUSE,
    CONTINUE;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * How the data of a run in {@code folder} is read: a hash that is known is not computed again.
   */
  public static ReadOptions reading(Optional<Path> folder, ReadProgress progress) {
    Optional<DataHashes> known = folder.flatMap(DataHashes::in);
    return new ReadOptions(
        ReadOptions.DEFAULTS.metadata(),
        (file, stamp) -> known.flatMap(hashes -> hash(hashes, file, stamp)),
        progress);
  }

  private static Optional<String> hash(DataHashes hashes, Path file, FileStamp stamp) {
    return hashes.known(
        shown(file), stamp.bytes(), stamp.modified(), stamp.changed(), stamp.file());
  }

  private static String shown(Path file) {
    return file.toAbsolutePath().normalize().toString();
  }

  /** The data files of {@code inputs}. */
  public static DataHashes hashes(RunInputs inputs) {
    Map<String, DataHashes.Entry> files = new TreeMap<>();
    inputs.dataFiles().forEach((key, file) -> files.put(key, entry(file)));
    return new DataHashes(files);
  }

  private static DataHashes.Entry entry(DataFile source) {
    FileStamp stamp = source.stamp();
    int perBlock = DataHashes.Checks.rowsPerBlock((int) source.size());
    return new DataHashes.Entry(
        shown(source.file()),
        stamp.bytes(),
        stamp.modified(),
        stamp.changed(),
        stamp.file(),
        source.sha256(),
        source.rows(),
        new DataHashes.Checks(perBlock, source.checks(perBlock)));
  }

  /** Keeps the data files of {@code inputs} in the run folder, for its checkpoints. */
  public static void record(RunFolder folder, RunInputs inputs) throws IOException {
    hashes(inputs).write(folder.root());
  }

  /**
   * Compares {@code inputs} with the newest whole checkpoint in {@code folder}: the one that is
   * loaded.
   *
   * @return lines for the user
   * @throws ConfigException for a file with other data, unless {@code changed} allows it
   */
  public static List<String> check(RunFolder folder, RunInputs inputs, Changed changed) {
    CheckpointStore checkpoints = new CheckpointStore(folder.checkpoints());
    if (isSameInAll(checkpoints, inputs)) {
      return List.of();
    }
    Optional<CheckpointStore.Saved> loaded = checkpoints.newestWhole((damaged, reason) -> {});
    if (loaded.isEmpty()) {
      return List.of(); // the run starts again, or the learner refuses its checkpoints
    }
    Path checkpoint = loaded.get().folder();
    Optional<DataHashes> before = DataHashes.in(checkpoint);
    if (before.isEmpty()) {
      String reason =
          Files.exists(checkpoint.resolve(DataHashes.NAME))
              ? ": its " + DataHashes.NAME + " cannot be read (is it of a later version?);"
              : " does not say which data it was trained with (it is of an earlier version);";
      return List.of(
          RunFolder.shown(checkpoint) + reason + " whether the data is the same is not checked");
    }
    long step = CheckpointStore.stepOf(checkpoint);
    List<Difference> differences = differences(before.get(), inputs);
    if (changed == Changed.REFUSE && !differences.isEmpty()) {
      throw new ConfigException(differences.get(0).refusal(step));
    }
    return differences.stream().map(difference -> difference.warning(step)).toList();
  }

  /**
   * Whether every checkpoint was trained with this data, so that it does not matter which is whole:
   * the files of a large one are then hashed once, by the learner that loads it.
   */
  static boolean isSameInAll(CheckpointStore checkpoints, RunInputs inputs) {
    return checkpoints.newestFirst().stream()
        .map(DataHashes::in)
        .allMatch(before -> before.isPresent() && differences(before.get(), inputs).isEmpty());
  }

  private static List<Difference> differences(DataHashes before, RunInputs inputs) {
    List<Difference> differences = new ArrayList<>();
    inputs.dataFiles().forEach((key, now) -> compare(key, before, now, differences::add));
    return differences;
  }

  private static void compare(
      String key, DataHashes before, DataFile now, Consumer<Difference> different) {
    DataHashes.Entry then = before.files().get(key);
    if (then != null && !then.sha256().equals(now.sha256())) {
      different.accept(new Difference(key, then, now));
    }
  }

  /** Other data than before. */
  private record Difference(String key, DataHashes.Entry then, DataFile now) {
    String refusal(long step) {
      return words(step)
          + String.format(
              Locale.ROOT,
              " (expected: %d rows, %d bytes%s, SHA-256 %.12s; --data-changed=continue resumes"
                  + " with the new data)",
              then.rows(),
              then.bytes(),
              packed(then.path()),
              then.sha256());
    }

    String warning(long step) {
      return "warning: " + words(step) + "; the run continues with it";
    }

    private String words(long step) {
      return String.format(
          Locale.ROOT,
          "%s: %s has other data than step %d was trained with: %d rows, %d bytes%s, SHA-256"
              + " %.12s%s",
          key,
          now.file(),
          step,
          now.rows(),
          now.stamp().bytes(),
          packed(now.file().toString()),
          now.sha256(),
          place());
    }

    /** The hash is of the unpacked text, the size is not. */
    private static String packed(String file) {
      return isPacked(file) ? " packed" : "";
    }

    private static boolean isPacked(String file) {
      return file.endsWith(".gz");
    }

    /** Where the first difference is, as far as the check sums of blocks of rows show it. */
    private String place() {
      if (isPacked(then.path()) != isPacked(now.file().toString())) {
        return ", as unpacked text; where it differs is known only of two files that are both"
            + " packed or both not";
      }
      List<Integer> before = then.checks().blocks();
      int perBlock = then.checks().rowsPerBlock();
      List<Integer> checks = now.checks(perBlock);
      if (before.isEmpty() && checks.isEmpty()) {
        return "";
      }
      int same = 0;
      while (same < Math.min(checks.size(), before.size())
          && checks.get(same).equals(before.get(same))) {
        same++;
      }
      if (same == before.size() && same == checks.size()) {
        return ", with the same prompts: only line ends, blank lines or rows that are left out"
            + " differ";
      }
      long row = (long) same * perBlock;
      if (row >= now.size()) {
        return ", rows at the end are gone";
      }
      String line = ", the first difference is in line " + now.line((int) row);
      return perBlock == 1 ? line : line + " or one of the next " + (perBlock - 1);
    }
  }
}
