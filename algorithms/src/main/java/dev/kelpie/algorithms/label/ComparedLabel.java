package dev.kelpie.algorithms.label;

import dev.kelpie.algorithms.pairing.Candidate;
import java.util.Optional;

/**
 * Desirable is what its own group says: a response above the mean score of the group, or one of the
 * highest score. A response at the mean, or in a group of equal scores, has no label.
 *
 * @param best whether only the highest score is desirable
 */
record ComparedLabel(boolean best) implements ResponseLabelRule {
  @Override
  public Optional<ResponseLabel> label(Candidate response, Group group) {
    double highest = group.members().stream().mapToDouble(Candidate::score).max().orElseThrow();
    double lowest = group.members().stream().mapToDouble(Candidate::score).min().orElseThrow();
    if (highest == lowest) {
      return Optional.empty();
    }
    if (best) {
      return Optional.of(ResponseLabel.of(response.score() == highest, response.score()));
    }
    double mean = group.members().stream().mapToDouble(Candidate::score).average().orElseThrow();
    return response.score() == mean
        ? Optional.empty()
        : Optional.of(ResponseLabel.of(response.score() > mean, response.score()));
  }

  @Override
  public boolean makesDesirable() {
    return true;
  }
}
