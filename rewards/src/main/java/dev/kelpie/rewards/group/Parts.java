package dev.kelpie.rewards.group;

import dev.kelpie.experience.Score;

/** Named rewards of a response. */
final class Parts {
  private Parts() {}

  /** The reward {@code name} of a response; throws if it has none of that name. */
  static double of(Score score, String name) {
    Float part = score.parts().get(name);
    if (part == null) {
      throw new IllegalArgumentException(
          "group reward: no reward " + name + " (expected: one of " + score.parts().keySet() + ")");
    }
    return part;
  }
}
