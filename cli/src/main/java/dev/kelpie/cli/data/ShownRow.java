package dev.kelpie.cli.data;

import dev.kelpie.config.ConfigException;
import dev.kelpie.config.DataOptions;
import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.model.Tokenizer;
import dev.kelpie.model.architecture.CheckpointException;
import dev.kelpie.rollout.RowText;
import dev.kelpie.rollout.rows.Row;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A row as it is shown.
 *
 * @param place file and line
 * @param texts the prompt, rendered where there is a tokenizer, then the responses
 * @param tokens the tokens of each of them; empty without a tokenizer
 * @param answer the reference answer
 * @param problem why training would refuse the row; then there is no text
 */
record ShownRow(
    String place,
    List<String> texts,
    List<List<Token>> tokens,
    Optional<String> answer,
    String problem) {
  /** A token and its text. */
  record Token(int id, String text) {}

  static List<ShownRow> of(
      List<Row> rows, Optional<DataOptions> data, Optional<RowEncoder> encoder) {
    return data.isEmpty()
        ? List.of()
        : rows.stream().map(row -> of(row, data.get(), encoder)).toList();
  }

  private static ShownRow of(Row row, DataOptions data, Optional<RowEncoder> encoder) {
    try {
      RowText text = RowText.of(row, data);
      List<String> texts = new ArrayList<>(List.of(text.prompt()));
      texts.addAll(text.responses());
      List<List<Token>> tokens = new ArrayList<>();
      if (encoder.isPresent()) {
        Prompt prompt = encoder.get().encode(row);
        Tokenizer tokenizer = encoder.get().tokenizer();
        texts.set(0, prompt.text());
        tokens.add(tokens(prompt.tokens(), tokenizer));
        prompt.responses().forEach(given -> tokens.add(tokens(given.tokens(), tokenizer)));
      }
      return new ShownRow(row.place(), texts, tokens, text.answer(), "");
    } catch (ConfigException | CheckpointException e) {
      return new ShownRow(
          row.place(), List.of(), List.of(), Optional.empty(), String.valueOf(e.getMessage()));
    }
  }

  private static List<Token> tokens(TokenIds ids, Tokenizer tokenizer) {
    List<Token> tokens = new ArrayList<>();
    for (int id : ids.toArray()) {
      tokens.add(new Token(id, tokenizer.decode(TokenIds.of(id), false)));
    }
    return tokens;
  }
}
