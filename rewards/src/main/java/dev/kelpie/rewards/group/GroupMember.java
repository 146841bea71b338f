package dev.kelpie.rewards.group;

import dev.kelpie.experience.Trajectory;
import dev.kelpie.experience.scoring.SampleNumbers;

/**
 * A response that is compared.
 *
 * @param place its place among all responses of its group, those without a score included
 * @param numbers what models computed of it
 */
record GroupMember(int place, Trajectory trajectory, SampleNumbers numbers) {
  /** The place of {@code other} among the responses of the group without this one. */
  int placeOf(GroupMember other) {
    return other.place < place ? other.place : other.place - 1;
  }
}
