package dev.kelpie.model.score;

import dev.kelpie.experience.TokenIds;
import dev.kelpie.model.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The tokens of a response in steps, as TRL's trainer of process reward models makes them: each
 * step is encoded by itself, and followed by the tokens of the separator, at the last of which the
 * step is judged.
 *
 * @param tokens steps and separators
 * @param ends places in {@code tokens} of the last token of each separator
 */
public record SteppedResponse(TokenIds tokens, List<Integer> ends) {
  public SteppedResponse {
    ends = List.copyOf(ends);
  }

  /**
   * The tokens of {@code steps}.
   *
   * @param separator has at least one token
   */
  public static SteppedResponse of(List<String> steps, String separator, Tokenizer tokenizer) {
    TokenIds end = tokenizer.encode(separator, false);
    int[] all = {};
    List<Integer> ends = new ArrayList<>();
    for (String step : steps) {
      TokenIds own = step.isEmpty() ? TokenIds.empty() : tokenizer.encode(step, false);
      int length = all.length;
      all = Arrays.copyOf(all, length + own.length() + end.length());
      System.arraycopy(own.toArray(), 0, all, length, own.length());
      System.arraycopy(end.toArray(), 0, all, length + own.length(), end.length());
      ends.add(all.length - 1);
    }
    return new SteppedResponse(TokenIds.of(all), ends);
  }

  /** The steps of a text, which {@code separator} separates; empty ones are left out. */
  public static List<String> split(String text, String separator) {
    List<String> steps = new ArrayList<>();
    int from = 0;
    while (from < text.length()) {
      int at = text.indexOf(separator, from);
      int to = at < 0 ? text.length() : at;
      if (to > from) {
        steps.add(text.substring(from, to));
      }
      from = to + separator.length();
    }
    return steps;
  }
}
