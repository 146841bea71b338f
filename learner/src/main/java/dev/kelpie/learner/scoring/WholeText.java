package dev.kelpie.learner.scoring;

import dev.kelpie.experience.TokenIds;
import dev.kelpie.learner.rows.Collator;
import dev.kelpie.model.architecture.ScoreHead;
import java.util.Arrays;

/**
 * A text whose numbers are those of the text as a whole.
 *
 * @param row index of its response
 * @param group responses with the same number answer the same prompt
 * @param prefix what comes before it; shared by its group
 * @param tokens the text
 */
record WholeText(int row, int group, TokenIds prefix, TokenIds tokens) {
  /** Stands where the model's next token would; nothing is computed of it. */
  private static final int NEXT = 0;

  /** Tokens of both. */
  int length() {
    return prefix.length() + tokens.length();
  }

  /** To read the state at the token that a score head reads; one more token stands after that. */
  Collator.Item upToScore(ScoreHead head) {
    TokenIds all = joined();
    int end = head.end(all);
    int start = Math.min(prefix.length(), end);
    TokenIds before = start == prefix.length() ? prefix : all.slice(0, start);
    return new Collator.Item(row, group, before, followed(all.slice(start, end)));
  }

  /** To read the states at all of its tokens; one more token stands after them. */
  Collator.Item fromFirst() {
    TokenIds all = joined();
    return new Collator.Item(row, group, all.slice(0, 1), followed(all.slice(1, all.length())));
  }

  private TokenIds joined() {
    int[] all = Arrays.copyOf(prefix.toArray(), length());
    System.arraycopy(tokens.toArray(), 0, all, prefix.length(), tokens.length());
    return TokenIds.of(all);
  }

  private static TokenIds followed(TokenIds tokens) {
    int[] more = Arrays.copyOf(tokens.toArray(), tokens.length() + 1);
    more[tokens.length()] = NEXT;
    return TokenIds.of(more);
  }
}
