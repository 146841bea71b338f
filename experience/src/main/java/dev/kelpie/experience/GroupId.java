package dev.kelpie.experience;

/** Names a group of responses: the {@code index}-th prompt of a step, for rollout or evaluation. */
public record GroupId(Purpose purpose, long step, int index) implements Comparable<GroupId> {
  public GroupId {
    Invariant.that(step >= 0, "step: %s (expected: >= 0)", step);
    Invariant.that(index >= 0, "index: %s (expected: >= 0)", index);
  }

  @Override
  public int compareTo(GroupId other) {
    int byPurpose = purpose.compareTo(other.purpose);
    int byStep = byPurpose != 0 ? byPurpose : Long.compare(step, other.step);
    return byStep != 0 ? byStep : Integer.compare(index, other.index);
  }

  @Override
  public String toString() {
    return (purpose == Purpose.EVAL ? "eval-" : "") + step + "/" + index;
  }
}
