package dev.kelpie.experience;

/** Names one attempt at one response of a group; unique within a run. */
public record SampleId(GroupId group, int sample, int attempt) {
  public SampleId {
    Invariant.that(sample >= 0, "sample: %s (expected: >= 0)", sample);
    Invariant.that(attempt >= 0, "attempt: %s (expected: >= 0)", attempt);
  }

  @Override
  public String toString() {
    return group + "/" + sample + (attempt == 0 ? "" : "#" + attempt);
  }
}
