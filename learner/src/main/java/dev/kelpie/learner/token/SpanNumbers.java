package dev.kelpie.learner.token;

import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;
import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.learner.rows.StepRows;
import dev.kelpie.model.TextStream;
import dev.kelpie.model.Tokenizer;
import java.util.Arrays;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * One number for the tokens of some spans of the response's text and another for all others. A span
 * is a match of a regular expression; a token that has a character of it belongs to it. A token
 * without text of its own goes with the next one that has some.
 */
final class SpanNumbers implements TokenRule {
  record Options(
      @Doc("regular expression of the spans; . matches line ends") String pattern,
      @Doc("number of tokens of a span") double inside,
      @Doc("number of all other tokens") double outside) {
    static final Options DEFAULTS = new Options("", 1, 0);
  }

  private final Options options;
  private final Pattern pattern;
  private final Supplier<Tokenizer> tokenizer;

  SpanNumbers(Options options, Supplier<Tokenizer> tokenizer) {
    this.options = options;
    this.tokenizer = tokenizer;
    Require.that(!options.pattern.isEmpty(), "pattern: empty (expected: a regular expression)");
    try {
      this.pattern = Pattern.compile(options.pattern, Pattern.DOTALL);
    } catch (PatternSyntaxException e) {
      throw new IllegalArgumentException(
          "pattern: "
              + options.pattern
              + " (expected: a regular expression: "
              + e.getDescription()
              + ")",
          e);
    }
  }

  @Override
  public PerToken numbers(int row, StepRows rows) {
    TokenIds tokens = rows.row(row).trajectory().response();
    int[] ends = new int[tokens.length()];
    StringBuilder text = new StringBuilder();
    TextStream stream = new TextStream(tokenizer.get());
    for (int t = 0; t < ends.length; t++) {
      text.append(stream.add(tokens.get(t)));
      ends[t] = text.length();
    }
    text.append(stream.finish());
    if (ends.length > 0) {
      ends[ends.length - 1] = text.length();
    }
    return of(ends, text);
  }

  private PerToken of(int[] ends, CharSequence text) {
    boolean[] inside = new boolean[text.length()];
    Matcher matcher = pattern.matcher(text);
    while (matcher.find()) {
      Arrays.fill(inside, matcher.start(), matcher.end(), true);
    }
    float[] numbers = new float[ends.length];
    boolean next = false; // of the nearest later token that has text
    for (int t = ends.length - 1; t >= 0; t--) {
      int start = t == 0 ? 0 : ends[t - 1];
      if (start < ends[t]) {
        next = false;
        for (int i = start; i < ends[t]; i++) {
          next |= inside[i];
        }
      }
      numbers[t] = (float) (next ? options.inside : options.outside);
    }
    return PerToken.of(numbers);
  }

  @Override
  public boolean readsText() {
    return true;
  }
}
