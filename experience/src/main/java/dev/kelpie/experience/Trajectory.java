package dev.kelpie.experience;

/**
 * One response as it was generated.
 *
 * @param response token ids as generated, the stop token included
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
    Provenance provenance,
    Sampling sampling) {
  public Trajectory {
    requireLength(id, response, "rollout logprobs", rolloutLogprobs.length());
    requireLength(id, response, "sampled logprobs", sampledLogprobs.length());
    requireLength(id, response, "versions", versions.length());
  }

  private static void requireLength(SampleId id, TokenIds response, String what, int found) {
    int tokens = response.length();
    Invariant.that(found == tokens, "%s: %s %s for %s tokens", id, found, what, tokens);
  }
}
