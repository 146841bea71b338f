package dev.kelpie.experience;

/**
 * One response, as it was generated or as the data give it. One that the policy did not generate
 * may have no log-probabilities and no versions.
 *
 * @param response token ids, the stop token included
 * @param text the response decoded, special tokens left out
 * @param rolloutLogprobs per token, log-softmax(logits / temperature) of the taken token, after
 *     penalties and before filters; for a greedy response the temperature counts as 1. Comparable
 *     with the learner's
 * @param sampledLogprobs per token, the log-probability it was really drawn with, after top-k,
 *     top-p and min-p; 0 for greedy responses
 * @param versions per token, the policy version that drew it
 */
public record Trajectory(
    SampleId id,
    Prompt prompt,
    TokenIds response,
    String text,
    PerToken rolloutLogprobs,
    PerToken sampledLogprobs,
    TokenVersions versions,
    FinishReason finishReason,
    Origin origin,
    Sampling sampling) {
  public Trajectory {
    boolean own = origin.equals(Origin.POLICY);
    requireLength(id, response, "rollout logprobs", rolloutLogprobs.length(), own);
    requireLength(id, response, "sampled logprobs", sampledLogprobs.length(), own);
    requireLength(id, response, "versions", versions.length(), own);
  }

  /** A response that came with its prompt. */
  public static Trajectory given(
      SampleId id, Prompt prompt, GivenResponse response, Sampling sampling) {
    return new Trajectory(
        id,
        prompt,
        response.tokens(),
        response.text(),
        PerToken.empty(),
        PerToken.empty(),
        TokenVersions.of(),
        response.finishReason(),
        response.origin(),
        sampling);
  }

  /** The same as another sample of another origin. */
  public Trajectory as(SampleId other, Origin from) {
    return new Trajectory(
        other,
        prompt,
        response,
        text,
        rolloutLogprobs,
        sampledLogprobs,
        versions,
        finishReason,
        from,
        sampling);
  }

  /** Whether a model generated it in this run; else it came with its prompt. */
  public boolean generated() {
    return rolloutLogprobs.length() == response.length();
  }

  private static void requireLength(
      SampleId id, TokenIds response, String what, int found, boolean own) {
    int tokens = response.length();
    Invariant.that(
        found == tokens || (!own && found == 0),
        "%s: %s %s for %s tokens",
        id,
        found,
        what,
        tokens);
  }
}
