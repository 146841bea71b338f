package dev.kelpie.rollout;

import dev.kelpie.experience.Prompt;
import dev.kelpie.model.ChatTemplate;
import dev.kelpie.model.Tokenizer;
import dev.kelpie.rollout.rows.Row;
import java.util.Optional;

/** Makes prompts of the rows of one form. May be used from several threads. */
interface RowReading {
  /** Checks a row in every respect. */
  Checked check(Row row);

  /** The prompt of a row that {@link #check} has kept. */
  Prompt read(Row row);

  /** The policy's tokenizer. */
  Tokenizer tokenizer();

  /** The template that renders conversations, if there is one. */
  Optional<ChatTemplate> template();

  /** Whether a row is kept. */
  enum Use {
    KEPT,
    /** Too long. */
    TOO_LONG,
    /** A pair of equal responses. */
    EQUAL,
    /** Left out by the filter, which knows the prompt. */
    OUTSIDE,
    /** Left out because the filter does not know the prompt. */
    UNSEEN
  }

  /** Closes the files that rows are read with, if there are any. */
  default void close() {}

  /**
   * What is kept of a row in the heap until it is in the index.
   *
   * @param id the row's own, where the data set has ids
   * @param kind what its columns hold
   * @param content hash of the text that is trained on, where the data set has ids; else empty
   * @param tokens of the prompt
   * @param sequence tokens of the prompt with its longest response
   * @param bytes an upper bound of the prompt's size in a message
   * @param truncated whether the prompt was cut
   * @param cut number of responses that were cut
   * @param problem what the check of the prompt has found
   */
  record Checked(
      Optional<String> id,
      String kind,
      String content,
      int tokens,
      int sequence,
      int bytes,
      Use use,
      boolean truncated,
      int cut,
      Optional<String> problem) {}
}
