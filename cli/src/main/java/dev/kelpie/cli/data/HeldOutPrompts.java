package dev.kelpie.cli.data;

import dev.kelpie.config.DataOptions;
import dev.kelpie.rollout.RowText;
import dev.kelpie.rollout.rows.ReadProgress;
import dev.kelpie.rollout.rows.RowFile;
import java.nio.file.Path;

/** The prompts of a held-out file by their hashes. */
final class HeldOutPrompts {
  private final Path file;
  private final HashedLines exact = new HashedLines();
  private final HashedLines folded = new HashedLines();
  private int rows;

  private HeldOutPrompts(Path file) {
    this.file = file;
  }

  private record Hashes(long exact, long folded) {}

  /**
   * Reads them.
   *
   * @throws dev.kelpie.config.ConfigException for the first row that is wrong
   */
  static HeldOutPrompts read(Path file, RowSample sample, DataOptions data, ReadProgress progress) {
    HeldOutPrompts prompts = new HeldOutPrompts(file);
    try (RowFile opened = RowSample.open("--against", file, sample.names())) {
      opened.scan(
          row -> {
            String prompt = RowText.of(row, data).prompt();
            return new Hashes(TextHash.of(prompt), TextHash.folded(prompt));
          },
          (place, hashes) -> {
            prompts.rows++;
            prompts.exact.putIfAbsent(hashes.exact(), place.line());
            prompts.folded.putIfAbsent(hashes.folded(), place.line());
          },
          false,
          progress);
    }
    return prompts;
  }

  /** The first line with a prompt of this hash, or 0. */
  int line(long hash) {
    return exact.line(hash);
  }

  /** The same, case and white space aside. */
  int foldedLine(long hash) {
    return folded.line(hash);
  }

  /** Number of rows. */
  int rows() {
    return rows;
  }

  /** Number of distinct prompts. */
  int distinct() {
    return exact.size();
  }

  /** The file's name. */
  String name() {
    return String.valueOf(file.getFileName());
  }
}
