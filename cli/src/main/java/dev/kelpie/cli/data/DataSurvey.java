package dev.kelpie.cli.data;

import dev.kelpie.config.ConfigException;
import dev.kelpie.config.DataOptions;
import dev.kelpie.experience.GivenResponse;
import dev.kelpie.experience.Prompt;
import dev.kelpie.model.architecture.CheckpointException;
import dev.kelpie.rollout.RowText;
import dev.kelpie.rollout.rows.ReadProgress;
import dev.kelpie.rollout.rows.Row;
import dev.kelpie.rollout.rows.RowFile;
import dev.kelpie.rollout.rows.RowPlace;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Reads all rows of a file once and keeps numbers alone: columns, lengths, and 64 bits of a hash of
 * each distinct row and prompt. Of a file with many rows, every k-th one is encoded, k a power of
 * two.
 */
final class DataSurvey {
  /** Enough for the quantiles, and few enough for a file of a million rows. */
  static final int MOST_ENCODED = 1 << 15;

  private static final int MOST_SHOWN = 3;

  private final Path file;
  private final Optional<DataOptions> data;
  private final Optional<RowEncoder> encoder;
  private final Optional<HeldOutPrompts> heldOut;
  private final int mostEncoded;
  private final ColumnCounts columns;
  private final HashedLines rowHashes = new HashedLines();
  private final HashedLines promptHashes = new HashedLines();
  private final Lengths prompts = new Lengths();
  private final Lengths responses = new Lengths();
  private final BitSet heldOutLines = new BitSet();
  private final BitSet foldedLines = new BitSet();
  private final List<String> repeated = new ArrayList<>();
  private final List<String> overlapping = new ArrayList<>();
  private final List<String> problems = new ArrayList<>();
  private volatile int every = 1;
  private int encoded;
  private int rows;
  private int refused;
  private int repeatedRows;
  private int repeatedPrompts;
  private int overlappingRows;

  /** What is kept of a row. */
  private record Seen(
      List<ColumnCounts.Value> values, long rowHash, Optional<Texts> texts, String problem) {}

  /** Hashes of the prompt, and lengths where they were measured. */
  private record Texts(long prompt, long folded, List<Integer> lengths) {}

  /**
   * @param data how rows are read; empty: only their columns are
   * @param encoder counts tokens; empty: characters are counted
   * @param mostEncoded rows that are encoded are at most so many in the end
   */
  DataSurvey(
      Path file,
      RowSample sample,
      Optional<DataOptions> data,
      Optional<RowEncoder> encoder,
      Optional<HeldOutPrompts> heldOut,
      int mostEncoded) {
    this.mostEncoded = mostEncoded;
    this.file = file;
    this.data = data;
    this.encoder = encoder;
    this.heldOut = heldOut;
    this.columns = new ColumnCounts(sample.names());
  }

  /** Reads the file. */
  DataSurvey read(RowSample sample, ReadProgress progress) {
    try (RowFile opened = RowSample.open("FILE", file, sample.names())) {
      opened.scan(this::see, this::add, false, progress);
    }
    return this;
  }

  private Seen see(Row row) {
    StringBuilder content = new StringBuilder();
    new TreeMap<>(row.metadata())
        .forEach((name, value) -> content.append(name).append('\t').append(value).append('\n'));
    row.used().properties().stream()
        .sorted((a, b) -> a.getKey().compareTo(b.getKey()))
        .forEach(
            entry ->
                content.append(entry.getKey()).append('\t').append(entry.getValue()).append('\n'));
    long hash = TextHash.of(content.toString());
    List<ColumnCounts.Value> values = ColumnCounts.values(row);
    if (data.isEmpty()) {
      return new Seen(values, hash, Optional.empty(), "");
    }
    try {
      RowText text = RowText.of(row, data.get());
      long folded = heldOut.isPresent() ? TextHash.folded(text.prompt()) : 0;
      Texts texts = new Texts(TextHash.of(text.prompt()), folded, lengths(row, text));
      return new Seen(values, hash, Optional.of(texts), "");
    } catch (ConfigException e) {
      return new Seen(values, hash, Optional.empty(), String.valueOf(e.getMessage()));
    } catch (CheckpointException e) {
      return new Seen(values, hash, Optional.empty(), row.place() + ": " + e.getMessage());
    }
  }

  /** The length of the prompt, then those of the responses; none where they are not measured. */
  private List<Integer> lengths(Row row, RowText text) {
    List<Integer> lengths = new ArrayList<>();
    if (encoder.isEmpty()) {
      lengths.add(characters(text.prompt()));
      text.responses().forEach(response -> lengths.add(characters(response)));
    } else if (row.line() % every == 0) {
      Prompt prompt = encoder.get().encode(row);
      lengths.add(prompt.tokens().length());
      for (GivenResponse response : prompt.responses()) {
        lengths.add(response.tokens().length());
      }
    }
    return lengths;
  }

  private static int characters(String text) {
    return text.codePointCount(0, text.length());
  }

  private void add(RowPlace place, Seen seen) {
    rows++;
    columns.add(seen.values());
    int line = place.line();
    int first = rowHashes.putIfAbsent(seen.rowHash(), line);
    if (first != 0) {
      repeatedRows++;
      if (repeated.size() < MOST_SHOWN) {
        repeated.add(name() + ":" + line + " is " + name() + ":" + first);
      }
    }
    if (!seen.problem().isEmpty()) {
      refused++;
      if (problems.size() < MOST_SHOWN) {
        problems.add(seen.problem());
      }
    }
    seen.texts().ifPresent(texts -> add(line, texts));
  }

  private void add(int line, Texts texts) {
    if (promptHashes.putIfAbsent(texts.prompt(), line) != 0) {
      repeatedPrompts++;
    }
    heldOut.ifPresent(prompts -> compare(line, texts, prompts));
    if (texts.lengths().isEmpty() || line % every != 0) {
      return;
    }
    prompts.add(line, texts.lengths().get(0));
    texts.lengths().stream().skip(1).forEach(length -> responses.add(line, length));
    encoded++;
    if (encoder.isPresent() && encoded > mostEncoded) {
      int next = 2 * every;
      every = next;
      prompts.thin(every);
      responses.thin(every);
      encoded = prompts.size();
    }
  }

  private void compare(int line, Texts texts, HeldOutPrompts prompts) {
    int same = prompts.line(texts.prompt());
    int folded = prompts.foldedLine(texts.folded());
    if (same != 0) {
      overlappingRows++;
      heldOutLines.set(same);
      if (overlapping.size() < MOST_SHOWN) {
        overlapping.add(name() + ":" + line + " is " + prompts.name() + ":" + same);
      }
    }
    if (folded != 0) {
      foldedLines.set(folded);
    }
  }

  private String name() {
    return String.valueOf(file.getFileName());
  }

  /** Number of rows. */
  int rows() {
    return rows;
  }

  /** Values of the columns by kind. */
  ColumnCounts columns() {
    return columns;
  }

  /** Rows that training would refuse. */
  int refused() {
    return refused;
  }

  /** Why, for the first of them. */
  List<String> problems() {
    return List.copyOf(problems);
  }

  /** Rows that repeat an earlier one in every column. */
  int repeatedRows() {
    return repeatedRows;
  }

  /** The first of them. */
  List<String> repeated() {
    return List.copyOf(repeated);
  }

  /** Rows whose prompt an earlier row has. */
  int repeatedPrompts() {
    return repeatedPrompts;
  }

  /** Every how many rows one was measured. */
  int every() {
    return every;
  }

  /** Lengths of prompts; empty where none was measured. */
  Optional<Histogram> promptLengths() {
    return histogram(prompts);
  }

  /** Lengths of responses. */
  Optional<Histogram> responseLengths() {
    return histogram(responses);
  }

  private static Optional<Histogram> histogram(Lengths lengths) {
    return lengths.size() == 0 ? Optional.empty() : Optional.of(Histogram.of(lengths.sorted()));
  }

  /** Rows whose prompt is a held-out one. */
  int overlappingRows() {
    return overlappingRows;
  }

  /** The first of them. */
  List<String> overlapping() {
    return List.copyOf(overlapping);
  }

  /** Held-out prompts that the file has. */
  int heldOutFound() {
    return heldOutLines.cardinality();
  }

  /** The same, case and white space aside. */
  int heldOutFoundFolded() {
    return foldedLines.cardinality();
  }
}
