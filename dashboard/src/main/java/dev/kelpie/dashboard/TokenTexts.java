package dev.kelpie.dashboard;

import dev.kelpie.experience.TokenIds;
import java.util.List;

/** The text of each token, for the table of the tokens of a response. */
@FunctionalInterface
public interface TokenTexts {
  /** No texts; the page shows ids instead. */
  TokenTexts NONE = ids -> List.of();

  /** One text for each id, in order; an empty list where they are unknown. */
  List<String> of(TokenIds ids);
}
