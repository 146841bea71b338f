package dev.kelpie.runs;

import dev.kelpie.experience.GroupId;

/**
 * An event of all samples {@code 0 .. samples - 1} of one attempt at a group. A sample's id is
 * (run, group, sample, attempt); a group is never split, so one event covers all of them.
 *
 * @param number ISSUED: the policy version to sample with; REWARDED: how many have no reward;
 *     CONSUMED and REPLAYED: the step that is trained; otherwise 0
 * @param reason DROPPED: why; otherwise empty
 */
public record LedgerEvent(
    Kind kind, GroupId group, int samples, int attempt, long number, String reason) {
  /** The kinds of events, in the order in which they happen to a sample. */
  public enum Kind {
    ISSUED,
    RECEIVED,
    REWARDED,
    /** Trained on, or measured when the group is one of an evaluation. */
    CONSUMED,
    DROPPED,
    /** Trained on again by a later step; the samples stay consumed. */
    REPLAYED
  }
}
