package dev.kelpie.experience;

import java.util.OptionalDouble;

/**
 * Where a response comes from.
 *
 * @param member name of the member of its group that wrote it; {@link #POLICY_MEMBER} for the
 *     policy's own samples
 * @param score the score that the data give it, where they do; finite
 * @param variant variant of the prompt that the member sampled it under; empty: the prompt itself
 */
public record Origin(String member, Provenance provenance, OptionalDouble score, String variant) {
  /** The member that is the policy itself. */
  public static final String POLICY_MEMBER = "policy";

  /** Of a response that the policy sampled. */
  public static final Origin POLICY =
      new Origin(POLICY_MEMBER, Provenance.POLICY, OptionalDouble.empty());

  /** Of a greedy response of the policy, which is a baseline and never trained on. */
  public static final Origin GREEDY =
      new Origin("greedy", Provenance.POLICY, OptionalDouble.empty());

  /** Of a response that was read, or sampled under the prompt itself. */
  public Origin(String member, Provenance provenance, OptionalDouble score) {
    this(member, provenance, score, "");
  }

  public Origin {
    Invariant.that(!member.isEmpty(), "the name of a member is empty");
    Invariant.that(
        score.isEmpty() || Double.isFinite(score.getAsDouble()),
        "score of member %s: %s (expected: a finite number)",
        member,
        score);
  }
}
