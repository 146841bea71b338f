package dev.kelpie.model;

import dev.kelpie.config.Require;
import dev.kelpie.experience.TokenIds;
import java.util.List;

/**
 * Responses to be scored or trained on. Rows of one group name the same prompt, which is computed
 * once for all of them.
 *
 * @param prompts each at least one token long
 * @param rows the responses (B of them); at least one has a token
 */
public record SequenceBatch(List<TokenIds> prompts, List<Row> rows) {
  /**
   * A response.
   *
   * @param prompt index of its prompt
   * @param response its tokens
   */
  public record Row(int prompt, TokenIds response) {}

  public SequenceBatch {
    prompts = List.copyOf(prompts);
    rows = List.copyOf(rows);
    Require.that(
        prompts.stream().allMatch(prompt -> prompt.length() > 0),
        "prompts: one is empty (expected: at least one token)");
    for (Row row : rows) {
      Require.that(
          row.prompt >= 0 && row.prompt < prompts.size(),
          "row's prompt: %s (expected: index of one of %s prompts)",
          row.prompt,
          prompts.size());
    }
    Require.that(
        rows.stream().anyMatch(row -> row.response.length() > 0),
        "rows: no response token (expected: at least one)");
  }

  /**
   * Checks that no prompt with its response has more than {@code positions} tokens.
   *
   * @throws IllegalArgumentException naming the length and the bound
   */
  void requireWithin(int positions) {
    for (Row row : rows) {
      requireWithin(positions, prompts.get(row.prompt).length() + row.response.length());
    }
  }

  static void requireWithin(int positions, int tokens) {
    Require.that(
        tokens <= positions,
        "sequence: %s tokens (expected: at most the model's %s positions)",
        tokens,
        positions);
  }

  /** Longest response in tokens, R. */
  public int width() {
    return rows.stream().mapToInt(row -> row.response.length()).max().orElse(0);
  }
}
