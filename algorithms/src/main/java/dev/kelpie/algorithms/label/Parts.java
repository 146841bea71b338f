package dev.kelpie.algorithms.label;

import dev.kelpie.algorithms.pairing.Candidate;
import dev.kelpie.config.NearestName;

/** Named rewards of a response. */
final class Parts {
  private Parts() {}

  /** The reward {@code name} of a response. */
  static double of(Candidate candidate, String name) {
    Float part = candidate.parts().get(name);
    if (part == null) {
      throw new IllegalArgumentException(
          "reward of a label: "
              + name
              + " (expected: "
              + NearestName.expectation(name, candidate.parts().keySet())
              + ")");
    }
    return part;
  }
}
