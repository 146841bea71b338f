package dev.kelpie.dashboard;

import dev.kelpie.experience.TokenIds;
import java.util.List;

/** Knows the text of each token, for a person who looks at the tokens of a response. */
@FunctionalInterface
public interface TokenTexts {
  /** Knows none; the page shows ids then. */
  TokenTexts NONE = ids -> List.of();

  /** One text for each id, in order; an empty list where they are not known. */
  List<String> of(TokenIds ids);
}
