package dev.kelpie.rollout;

import com.fasterxml.jackson.databind.JsonNode;
import dev.kelpie.config.ConfigException;
import dev.kelpie.config.DataOptions;
import dev.kelpie.config.NearestName;
import dev.kelpie.rollout.rows.Row;
import java.util.Locale;

/**
 * The columns of a row as text: strings as they are, other values as JSON.
 *
 * @param key key of the experiment that asks, for messages
 */
record RowValues(Row row, DataOptions data, String key) {
  /**
   * The column called {@code name}; {@code answer} is also the one that {@code data.answer} names.
   *
   * @throws ConfigException if the row has none
   */
  String of(String name) {
    JsonNode used = row.value(name).orElse(null);
    if (used == null && name.equals("answer") && !data.answer().isEmpty()) {
      used = row.value(data.answer()).orElse(null);
    }
    if (used != null) {
      return used.isTextual() ? used.asText() : used.toString();
    }
    String kept = row.metadata().get(name);
    if (kept != null) {
      return kept;
    }
    throw new ConfigException(
        String.format(
            Locale.ROOT,
            "%s: {%s} (expected: {prompt} or a column: %s), %s",
            key,
            name,
            NearestName.expectation(name, row.namesFor(name)),
            row.place()));
  }

  /** The column of prompts, as it is written. */
  String prompt() {
    return of(data.prompt());
  }
}
