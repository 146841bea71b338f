package dev.kelpie.algorithms.pairing;

import java.util.List;
import java.util.Map;
import java.util.Set;

/** Chooses the responses of a group that are trained on; the others are counted, not trained on. */
public interface Select {
  /**
   * The kept responses.
   *
   * @param group the responses of one prompt that have a reward, in order of their sample number
   */
  List<Candidate> keep(List<Candidate> group, Draws draws);

  /**
   * The selection for one step, which may depend on all of its responses.
   *
   * @param groups the responses of each prompt, as {@link #keep} is given them
   */
  default Select over(List<List<Candidate>> groups) {
    return this;
  }

  /** What the selection for a step was chosen by, by the names of its numbers. */
  default Map<String, Double> numbers() {
    return Map.of();
  }

  /** Names of the rewards that it reads beside the score. */
  default Set<String> rewards() {
    return Set.of();
  }
}
