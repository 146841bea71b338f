package dev.kelpie.experience;

import java.util.Optional;
import java.util.OptionalDouble;

/**
 * Responses to each prompt of a unit that another member than the policy samples.
 *
 * @param member name of the member
 * @param count responses to each prompt
 * @param model the model that samples them: {@code initial}, a version such as {@code v12}, or a
 *     checkpoint folder
 * @param coef share of the model's logits in a mixture with the policy; empty: the model alone
 * @param variant variant of the prompt that they are sampled under; empty: the prompt itself
 */
public record MemberDraws(
    String member,
    Provenance provenance,
    int count,
    Sampling sampling,
    String model,
    OptionalDouble coef,
    String variant) {
  /** The model that the run starts with. */
  public static final String INITIAL = "initial";

  public MemberDraws {
    Invariant.that(count > 0, "responses of member %s: %s (expected: >= 1)", member, count);
    Invariant.that(!model.isEmpty(), "the model of member %s has no name", member);
  }

  /** The version that the model is, if it is a published one. */
  public Optional<PolicyVersion> version() {
    return model.matches("v\\d{1,18}")
        ? Optional.of(new PolicyVersion(Long.parseLong(model.substring(1))))
        : Optional.empty();
  }

  /** Where its responses come from. */
  public Origin origin() {
    return new Origin(member, provenance, OptionalDouble.empty(), variant);
  }
}
