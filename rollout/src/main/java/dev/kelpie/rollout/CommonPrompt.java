package dev.kelpie.rollout;

import java.util.List;
import java.util.OptionalInt;

/**
 * The prompt that two responses begin with: what TRL's {@code extract_prompt} takes for it, to the
 * character.
 */
final class CommonPrompt {
  private CommonPrompt() {}

  /**
   * Index at which two texts part, a space before it left to them; where one is the start of the
   * other, the index of its last character. Empty if nothing is left in front of it.
   */
  static OptionalInt end(String first, String second) {
    int most = Math.min(first.length(), second.length());
    int at = 0;
    while (at < most && first.charAt(at) == second.charAt(at)) {
      at++;
    }
    if (at == most && at > 0) {
      at = first.offsetByCodePoints(at, -1);
    } else if (at > 0 && Character.isHighSurrogate(first.charAt(at - 1))) {
      at--; // two characters of the same first half
    }
    boolean parted = at < most && first.codePointAt(at) != second.codePointAt(at);
    if (parted && at > 0 && first.charAt(at - 1) == ' ') {
      at--;
    }
    return at == 0 ? OptionalInt.empty() : OptionalInt.of(at);
  }

  /** The same for two conversations, in messages. */
  static OptionalInt end(List<?> first, List<?> second) {
    int most = Math.min(first.size(), second.size());
    int at = 0;
    while (at < most && first.get(at).equals(second.get(at))) {
      at++;
    }
    int end = at == most ? at - 1 : at;
    return end <= 0 ? OptionalInt.empty() : OptionalInt.of(end);
  }
}
