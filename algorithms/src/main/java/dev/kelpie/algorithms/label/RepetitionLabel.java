package dev.kelpie.algorithms.label;

import dev.kelpie.algorithms.pairing.Candidate;
import dev.kelpie.experience.TokenIds;
import java.util.Optional;

/**
 * The target is the period of the response: the smallest number L of tokens such that every token
 * from the L-th on, but for the last one (which may end the text), is the token L earlier. A
 * response without a period of at most half its tokens repeats nothing and has no label.
 */
record RepetitionLabel() implements ResponseLabelRule {
  @Override
  public Optional<ResponseLabel> label(Candidate response, Group group) {
    TokenIds tokens = group.tokens().apply(response.row());
    for (int period = 1; 2 * period <= tokens.length(); period++) {
      if (repeats(tokens, period)) {
        return Optional.of(ResponseLabel.of(false, period));
      }
    }
    return Optional.empty();
  }

  private static boolean repeats(TokenIds tokens, int period) {
    int compared = 0;
    for (int t = period; t < tokens.length() - 1; t++) {
      if (tokens.get(t) != tokens.get(t - period)) {
        return false;
      }
      compared++;
    }
    return compared >= period - 1 && compared > 0;
  }

  @Override
  public boolean makesTargets() {
    return true;
  }
}
