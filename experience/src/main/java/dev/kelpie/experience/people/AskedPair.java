package dev.kelpie.experience.people;

import dev.kelpie.experience.GroupId;
import java.util.Map;

/**
 * A pair that people are asked about.
 *
 * @param chosen number of the response within the group that the pairing proposes as the better one
 * @param rejected number of the other one
 * @param features what the priority of the pair follows from; none where it has none
 */
public record AskedPair(GroupId group, int chosen, int rejected, Map<String, Double> features) {
  public AskedPair {
    features = Map.copyOf(features);
  }
}
