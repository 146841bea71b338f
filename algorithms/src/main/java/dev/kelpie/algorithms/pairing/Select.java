package dev.kelpie.algorithms.pairing;

import java.util.List;

/** Chooses the responses of a group that are trained on; the others are counted, not trained on. */
public interface Select {
  /**
   * The kept responses.
   *
   * @param group the responses of one prompt that have a reward, in order of their sample number
   */
  List<Candidate> keep(List<Candidate> group, Draws draws);
}
