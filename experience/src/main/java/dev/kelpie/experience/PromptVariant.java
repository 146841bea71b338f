package dev.kelpie.experience;

/**
 * A prompt under another template.
 *
 * @param text the text given to the model; with the placeholder <code>{score}</code> left in it
 *     where it depends on a score
 * @param tokens the encoding of {@code text}; empty where it depends on a score
 */
public record PromptVariant(String text, TokenIds tokens) {
  /** The placeholder of a score that is known only after rewards. */
  public static final String SCORE = "{score}";

  /** Whether its tokens depend on a score. */
  public boolean dependsOnScore() {
    return tokens.length() == 0;
  }
}
