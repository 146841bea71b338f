package dev.kelpie.rollout;

import dev.kelpie.config.DataOptions;
import dev.kelpie.config.named.VariantOptions;
import dev.kelpie.experience.scoring.TextTemplate;
import dev.kelpie.rollout.rows.ReadProgress;
import dev.kelpie.rollout.rows.Row;
import dev.kelpie.rollout.rows.RowColumns;
import dev.kelpie.rollout.rows.RowFile;
import dev.kelpie.rollout.rows.RowPlace;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Rows that are shown before others: those with the same value in one column. A row never shows
 * itself, nor another with the same prompt. It shows the rows that follow it in the file, the first
 * ones after the last. All shots are held in memory, as text.
 */
final class Shots {
  private final VariantOptions.Shots options;
  private final Map<String, List<Shot>> byValue = new HashMap<>();
  private Optional<DataFile> file = Optional.empty();

  /** A row as it is shown. */
  private record Shot(String value, int line, String prompt, String text) {}

  private Shots(VariantOptions.Shots options) {
    this.options = options;
  }

  /**
   * Reads the shots of a variant.
   *
   * @param name the variant's
   * @param file the data file, whose rows are the shots unless the options name another
   */
  static Shots read(
      String name, VariantOptions.Shots options, Path file, DataOptions data, ReadOptions reading) {
    Shots shots = new Shots(options);
    String key = "variants." + name + ".shots";
    Path from = options.path().isEmpty() ? file : Path.of(options.path());
    TextTemplate template = TextTemplate.of(options.template());
    try (RowFile rows =
        RowFile.open(
            key + ".path",
            from,
            new RowColumns(PromptRow.columns(data), reading.metadata()),
            JsonlPromptSource.format(from, data))) {
      boolean own = !options.path().isEmpty();
      Optional<String> known = own ? reading.hashes().find(from, rows.stamp()) : Optional.of("");
      List<RowPlace> places = new ArrayList<>();
      rows.scan(
          row -> {
            RowValues values = new RowValues(row, data, key + ".template");
            String text =
                template.fill(
                    column -> column.equals("prompt") ? values.prompt() : values.of(column));
            return new Shot(
                new RowValues(row, data, key + ".by").of(options.by()),
                row.line(),
                values.prompt(),
                text);
          },
          (place, shot) -> {
            shots.byValue.computeIfAbsent(shot.value(), v -> new ArrayList<>()).add(shot);
            if (own) {
              places.add(place);
            }
          },
          known.isEmpty(),
          ReadProgress.NONE);
      if (own) {
        shots.file =
            Optional.of(
                new ReadFile(
                    from, rows.stamp(), known.orElse(rows.sha256()), places.size(), places));
      }
    }
    return shots;
  }

  /** The file, where it is one of its own. */
  Optional<DataFile> file() {
    return file;
  }

  /** The shots of {@code row}, one after the other. */
  String of(Row row, RowValues values) {
    String value = values.of(options.by());
    String prompt = values.prompt();
    List<Shot> all = byValue.getOrDefault(value, List.of());
    int start = 0;
    while (start < all.size() && all.get(start).line() <= row.line()) {
      start++;
    }
    StringBuilder text = new StringBuilder();
    int shown = 0;
    for (int i = 0; i < all.size() && shown < options.count(); i++) {
      Shot shot = all.get((start + i) % all.size());
      if (!shot.prompt().equals(prompt)) {
        text.append(shot.text());
        shown++;
      }
    }
    return text.toString();
  }
}
