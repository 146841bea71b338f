package dev.kelpie.experience;

/** Number of the policy's weights: 0 is the checkpoint a run starts from, n is after step n. */
public record PolicyVersion(long number) implements Comparable<PolicyVersion> {
  public PolicyVersion {
    Invariant.that(number >= 0, "policy version: %s (expected: >= 0)", number);
  }

  /** The version that the next optimiser step makes. */
  public PolicyVersion next() {
    return new PolicyVersion(number + 1);
  }

  @Override
  public int compareTo(PolicyVersion other) {
    return Long.compare(number, other.number);
  }

  @Override
  public String toString() {
    return "v" + number;
  }
}
