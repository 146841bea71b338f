package dev.kelpie.experience.people;

import dev.kelpie.experience.GroupId;

/**
 * A pair that people are asked about.
 *
 * @param chosen number of the response within the group that the pairing proposes as the better one
 * @param rejected number of the other one
 */
public record AskedPair(GroupId group, int chosen, int rejected) {}
