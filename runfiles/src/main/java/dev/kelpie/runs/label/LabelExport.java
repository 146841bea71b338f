package dev.kelpie.runs.label;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.kelpie.wire.file.AtomicFile;
import dev.kelpie.wire.file.WrittenFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The pairs that people have decided, as TRL writes preferences: {@code prompt}, {@code chosen} and
 * {@code rejected}, one object a line; {@code id}, {@code labels} and {@code agreement} beside
 * them. The majority of those who see a difference decides.
 *
 * @param rows pairs in the file
 * @param undecided pairs with as many answers for one response as for the other
 * @param skipped pairs that were only skipped
 * @param ratings ratings of single responses, which are no pairs
 */
public record LabelExport(List<Row> rows, int undecided, int skipped, int ratings) {
  /**
   * A pair.
   *
   * @param id name of the item
   * @param labels answers, ties included
   * @param agreement share of them that prefer the chosen response
   */
  public record Row(
      String id, String prompt, String chosen, String rejected, int labels, double agreement) {}

  /** The pairs of a book that has texts. */
  public static LabelExport of(LabelBook book) {
    List<Row> rows = new ArrayList<>();
    int undecided = 0;
    int skipped = 0;
    int ratings = 0;
    for (ItemKey item : book.items()) {
      List<Label> given =
          book.about(item).values().stream().filter(label -> !label.skipped()).toList();
      if (!item.isPair()) {
        ratings += given.size();
        continue;
      }
      long first = count(given, Label.FIRST);
      long second = count(given, Label.SECOND);
      if (given.isEmpty()) {
        skipped++;
      } else if (first == second) {
        undecided++;
      } else {
        rows.add(row(given, first, second));
      }
    }
    return new LabelExport(rows, undecided, skipped, ratings);
  }

  private static long count(List<Label> labels, String verdict) {
    return labels.stream().filter(label -> label.verdict().equals(verdict)).count();
  }

  private static Row row(List<Label> given, long first, long second) {
    Label one = given.get(0);
    int chosen = first > second ? 0 : 1;
    return new Row(
        one.item().toString(),
        one.prompt(),
        one.responses().get(chosen),
        one.responses().get(1 - chosen),
        given.size(),
        (double) Math.max(first, second) / given.size());
  }

  /** Writes the rows; with the file's SHA-256. */
  public WrittenFile write(Path target) throws IOException {
    try (AtomicFile file = AtomicFile.create(target)) {
      for (Row row : rows) {
        ObjectNode json = LabelLine.JSON.createObjectNode();
        json.put("id", row.id()).put("prompt", row.prompt());
        json.put("chosen", row.chosen()).put("rejected", row.rejected());
        json.put("labels", row.labels()).put("agreement", row.agreement());
        file.write(StandardCharsets.UTF_8.encode(json + "\n"));
      }
      return file.commit();
    }
  }
}
