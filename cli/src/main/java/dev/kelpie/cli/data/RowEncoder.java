package dev.kelpie.cli.data;

import dev.kelpie.config.ConfigException;
import dev.kelpie.config.DataOptions;
import dev.kelpie.experience.Prompt;
import dev.kelpie.model.ChatTemplate;
import dev.kelpie.model.Tokenizer;
import dev.kelpie.rollout.RowText;
import dev.kelpie.rollout.rows.Row;
import java.nio.file.Path;
import java.util.Optional;

/** Renders and encodes rows by the files of a checkpoint. May be used from several threads. */
record RowEncoder(DataOptions data, Tokenizer tokenizer, Optional<ChatTemplate> template)
    implements AutoCloseable {
  /**
   * Opens the tokenizer, and the chat template where rows need one.
   *
   * @throws ConfigException when rows need a template and there is none
   */
  static RowEncoder open(Path folder, DataOptions data) {
    Optional<ChatTemplate> template = data.chat() ? ChatTemplate.open(folder) : Optional.empty();
    if (data.chat() && template.isEmpty()) {
      throw new ConfigException(
          "--tokenizer: "
              + folder
              + " has no chat template (expected: one, because the rows have messages)");
    }
    return new RowEncoder(data, Tokenizer.open(folder), template);
  }

  Prompt encode(Row row) {
    return RowText.encode(row, data, tokenizer, template);
  }

  @Override
  public void close() {
    tokenizer.close();
  }
}
