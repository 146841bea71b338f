package dev.kelpie.rollout;

import dev.kelpie.config.ConfigException;
import dev.kelpie.config.DataOptions;
import dev.kelpie.rollout.rows.RowFile;
import dev.kelpie.rollout.rows.RowIds;
import dev.kelpie.rollout.rows.RowIndex;
import dev.kelpie.rollout.rows.RowPlace;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;

/** Collects the places of prompts, counts them and refuses an id that is there twice. */
final class PromptRows implements RowFile.Sink<RowReading.Checked>, AutoCloseable {
  private final RowFile file;
  private final DataOptions data;
  private final RowIndex kept = new RowIndex();

  /** Where the data set has ids: all rows, also those that are left out. */
  private final RowIndex all = new RowIndex();

  private final RowIds ids = new RowIds();
  private final RowIds contents = new RowIds();
  private int rows;
  private int truncated;
  private int cut;
  private final Map<RowReading.Use, Integer> left = new EnumMap<>(RowReading.Use.class);
  private String kind = "";
  private String firstPlace = "";
  private int longest;
  private int longestSequence;
  private int largest;
  private int refused;
  private String firstProblem = "";

  PromptRows(RowFile file, DataOptions data) {
    this.file = file;
    this.data = data;
  }

  @Override
  public void accept(RowPlace place, RowReading.Checked row) {
    rows++;
    requireSameKind(place, row.kind());
    row.id().ifPresent(id -> requireNew(id, row.content(), place));
    if (row.use() != RowReading.Use.KEPT) {
      left.merge(row.use(), 1, Integer::sum);
      return;
    }
    row.problem().ifPresent(problem -> refuse(place, problem));
    truncated += row.truncated() ? 1 : 0;
    cut += row.cut();
    longest = Math.max(longest, row.tokens());
    longestSequence = Math.max(longestSequence, row.sequence());
    largest = Math.max(largest, row.bytes());
    kept.add(place, row.tokens(), row.bytes());
  }

  private void refuse(RowPlace place, String problem) {
    refused++;
    if (refused == 1) {
      firstProblem = file.read(place).place() + ": " + problem;
    }
  }

  /**
   * Refuses the file if the check has refused a prompt.
   *
   * @throws ConfigException with the place of the first one, and their number
   */
  void requireNoProblem() {
    if (refused > 0) {
      throw new ConfigException(
          firstProblem
              + (refused == 1
                  ? ""
                  : "; "
                      + refused
                      + " of the "
                      + kept.size()
                      + " rows have an answer that cannot be read"));
    }
  }

  private void requireSameKind(RowPlace place, String found) {
    if (kind.isEmpty()) {
      kind = found;
      firstPlace = found.isEmpty() ? "" : file.read(place).place();
    } else if (!kind.equals(found)) {
      throw new ConfigException(
          String.format(
              Locale.ROOT,
              "%s: %s (expected: %s, as at %s, because a file has rows of one form)",
              file.read(place).place(),
              found,
              kind,
              firstPlace));
    }
  }

  private void requireNew(String id, String content, RowPlace place) {
    OptionalInt other = ids.add(id, all.size(), earlier -> idOf(all.place(earlier)).equals(id));
    if (other.isPresent()) {
      throw new ConfigException(
          String.format(
              Locale.ROOT,
              "data.id: %s is there twice (expected: an id of each row's own), %s and %s",
              id,
              file.read(all.place(other.getAsInt())).place(),
              file.read(place).place()));
    }
    OptionalInt same =
        content.isEmpty()
            ? OptionalInt.empty()
            : contents.add(
                content, all.size(), earlier -> contentOf(all.place(earlier)).equals(content));
    if (same.isPresent()) {
      throw new ConfigException(
          String.format(
              Locale.ROOT,
              "data.id: %s and %s have the same text (expected: one row for a text), %s and %s",
              idOf(all.place(same.getAsInt())),
              id,
              file.read(all.place(same.getAsInt())).place(),
              file.read(place).place()));
    }
    all.add(place, 0, 0);
  }

  private String contentOf(RowPlace place) {
    return GivenContent.hash(new GivenColumns(new PromptRow(file.read(place), data), data).read());
  }

  private String idOf(RowPlace place) {
    return new PromptRow(file.read(place), data).id();
  }

  /** Ends the growth of the index and gives up what only the check of ids needs. */
  void finish() {
    kept.close();
    all.discard();
  }

  /** Gives up all indexes; they are not to be read any more. */
  @Override
  public void close() {
    kept.discard();
    all.discard();
  }

  /** The places of the rows that are kept, with tokens and bytes. */
  RowIndex index() {
    return kept;
  }

  /** Tokens of the longest prompt. */
  int longest() {
    return longest;
  }

  /** Tokens of the longest prompt with a response of its row. */
  int longestSequence() {
    return longestSequence;
  }

  /** Bytes of the largest prompt, at most. */
  int largest() {
    return largest;
  }

  JsonlPromptSource.Counts counts() {
    return new JsonlPromptSource.Counts(
        rows,
        left(RowReading.Use.TOO_LONG),
        truncated,
        left(RowReading.Use.EQUAL),
        cut,
        left(RowReading.Use.OUTSIDE),
        left(RowReading.Use.UNSEEN));
  }

  private int left(RowReading.Use use) {
    return left.getOrDefault(use, 0);
  }
}
