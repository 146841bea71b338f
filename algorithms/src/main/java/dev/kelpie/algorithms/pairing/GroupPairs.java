package dev.kelpie.algorithms.pairing;

import java.util.List;

/**
 * The pairs of one group.
 *
 * @param members all responses of the group that have a reward, in order of their sample number
 */
public record GroupPairs(List<Candidate> members, List<RowPair> pairs) {
  public GroupPairs {
    members = List.copyOf(members);
    pairs = List.copyOf(pairs);
  }
}
