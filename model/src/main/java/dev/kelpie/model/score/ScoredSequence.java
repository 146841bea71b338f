package dev.kelpie.model.score;

import dev.kelpie.experience.TokenIds;

/**
 * A prompt with a response, cut where transformers reads the score: behind the last token that is
 * not the padding token. With a padding token that ends responses too, the end itself is not read.
 *
 * @param prompt at least one token
 * @param response may be empty
 */
public record ScoredSequence(TokenIds prompt, TokenIds response) {
  /**
   * The sequence up to its last token other than {@code pad}; its first token if there is none.
   *
   * @param pad {@code pad_token_id} of the model; negative: none, so nothing is cut
   */
  public static ScoredSequence of(TokenIds prompt, TokenIds response, int pad) {
    int length = response.length();
    while (length > 0 && response.get(length - 1) == pad) {
      length--;
    }
    int before = prompt.length();
    while (length == 0 && before > 1 && prompt.get(before - 1) == pad) {
      before--;
    }
    return new ScoredSequence(prompt.slice(0, before), response.slice(0, length));
  }
}
