package dev.kelpie.learner.scoring;

import dev.kelpie.experience.TokenIds;
import dev.kelpie.experience.scoring.ScoreRequest;
import dev.kelpie.model.Tokenizer;
import dev.kelpie.model.architecture.CheckpointException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The tokens that the choices of a judge are written with, one each. */
public final class ChoiceTokens {
  private ChoiceTokens() {}

  /** Whether the choices have a blank before them, because the text before them ends with one. */
  static boolean followBlank(ScoreRequest request, boolean chat) {
    return !chat && request.prefix().endsWith(" ");
  }

  /**
   * The token of each choice of {@code request}.
   *
   * @param chat whether a chat template renders what is before them
   * @throws IllegalArgumentException with the choice that is not one token of its own
   */
  public static List<TokenIds> of(ScoreRequest request, Tokenizer tokenizer, boolean chat) {
    List<TokenIds> tokens = new ArrayList<>();
    for (String choice : request.choices()) {
      TokenIds token = encoded((followBlank(request, chat) ? " " : "") + choice, tokenizer);
      if (token.length() > 1) {
        throw wrong(choice, token.length() + " tokens");
      }
      if (token.length() == 0
          || !tokenizer.decode(token, false).strip().equals(choice)
          || tokens.contains(token)) {
        throw wrong(choice, "no token of its own");
      }
      tokens.add(token);
    }
    return List.copyOf(tokens);
  }

  private static TokenIds encoded(String text, Tokenizer tokenizer) {
    try {
      return tokenizer.encode(text, false);
    } catch (CheckpointException e) {
      return TokenIds.empty(); // characters that the vocabulary does not have
    }
  }

  private static IllegalArgumentException wrong(String choice, String what) {
    return new IllegalArgumentException(
        String.format(
            Locale.ROOT,
            "%s is %s of the policy (expected: choices of one token each, because a judge's"
                + " probabilities are those of its next token)",
            choice,
            what));
  }
}
