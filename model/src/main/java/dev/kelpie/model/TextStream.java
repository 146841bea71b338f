package dev.kelpie.model;

import dev.kelpie.experience.TokenIds;
import java.util.Arrays;

/**
 * Decodes a response token by token into pieces of complete characters. The pieces together are the
 * decoding of all tokens. Not thread-safe.
 */
public final class TextStream {
  private static final String INCOMPLETE = "\ufffd";

  private final Tokenizer tokenizer;
  private int[] ids = new int[16];
  private int length;
  private int start;
  private int emitted;

  /** An empty stream that leaves special tokens out. */
  public TextStream(Tokenizer tokenizer) {
    this.tokenizer = tokenizer;
  }

  /** The text that {@code id} completes; empty while its character lacks bytes. */
  public String add(int id) {
    if (length == ids.length) {
      ids = Arrays.copyOf(ids, 2 * length);
    }
    ids[length++] = id;
    // A token's text may depend on the one before it (leading spaces), so the window that is
    // decoded begins with tokens whose text is out already.
    String before = decode(start, emitted);
    String now = decode(start, length);
    if (now.length() <= before.length() || now.endsWith(INCOMPLETE)) {
      return "";
    }
    start = emitted;
    emitted = length;
    return now.substring(before.length());
  }

  /** The text of tokens that never became complete characters. */
  public String finish() {
    String rest = decode(start, length).substring(decode(start, emitted).length());
    start = length;
    emitted = length;
    return rest;
  }

  private String decode(int from, int to) {
    return tokenizer.decode(TokenIds.of(ids).slice(from, to), true);
  }
}
