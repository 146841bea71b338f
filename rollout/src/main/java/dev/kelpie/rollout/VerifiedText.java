package dev.kelpie.rollout;

import dev.kelpie.config.DataOptions;
import dev.kelpie.model.Tokenizer;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * What the first rows of a file have proved of its tokenizer, so that most of a million rows need
 * not be encoded twice: at the start and when a step asks for them. A row is as good as encoded if
 * it is ASCII, each of its characters came back from the tokenizer before, and it is too short to
 * be cut, or to be longer than the longest one. A text of n characters has at most n tokens and
 * those that the tokenizer adds around the text, which the characters alone have shown.
 */
final class VerifiedText {
  private static final int FIRST_ROWS = 4096;
  private static final int END_OF_TEXT = 1;

  private final Tokenizer tokenizer;
  private final AtomicLongArray characters = new AtomicLongArray(2);
  private final AtomicInteger added = new AtomicInteger();
  private final AtomicInteger longestPrompt = new AtomicInteger();
  private final AtomicInteger longestSequence = new AtomicInteger();

  /** Nothing is proved yet of {@code tokenizer}. */
  VerifiedText(Tokenizer tokenizer) {
    this.tokenizer = tokenizer;
  }

  /** Takes a row that was encoded and came back. */
  void add(GivenRow.Text text, GivenTokens tokens) {
    mark(text.prompt());
    text.responses().forEach(this::mark);
    longestPrompt.accumulateAndGet(tokens.prompt().length(), Math::max);
    longestSequence.accumulateAndGet(tokens.longest(), Math::max);
  }

  private void mark(String text) {
    long low = 0;
    long high = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      low |= c < 64 ? 1L << c : 0;
      high |= c >= 64 && c < 128 ? 1L << c : 0;
    }
    measure(0, low & ~characters.get(0));
    measure(64, high & ~characters.get(1));
    characters.accumulateAndGet(0, low, (known, found) -> known | found);
    characters.accumulateAndGet(1, high, (known, found) -> known | found);
  }

  /** Encodes each of the characters {@code from + i}, bit {@code i} of {@code found}, alone. */
  private void measure(int from, long found) {
    for (long left = found; left != 0; left &= left - 1) {
      String one = String.valueOf((char) (from + Long.numberOfTrailingZeros(left)));
      added.accumulateAndGet(tokenizer.encode(one, true).length() - 1, Math::max);
    }
  }

  /** Whether encoding {@code text}, of the row in {@code line}, would tell nothing new. */
  boolean covers(GivenRow.Text text, int line, DataOptions data) {
    int prompt = text.prompt().length() + added.get();
    int response = 0;
    boolean known = line > FIRST_ROWS && !text.prompt().isEmpty() && isKnown(text.prompt());
    for (String one : text.responses()) {
      response = Math.max(response, one.length() + END_OF_TEXT);
      known = known && isKnown(one);
    }
    return known
        && prompt <= Math.min(data.maxPromptTokens(), longestPrompt.get())
        && prompt + response <= Math.min(data.maxLength(), longestSequence.get());
  }

  private boolean isKnown(String text) {
    long low = characters.get(0);
    long high = characters.get(1);
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c >= 128 || ((c < 64 ? low : high) >>> c & 1) == 0) {
        return false;
      }
    }
    return true;
  }
}
