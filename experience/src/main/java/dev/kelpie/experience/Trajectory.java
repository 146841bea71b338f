package dev.kelpie.experience;

/**
 * One response as it was generated.
 *
 * @param id names the sample
 * @param prompt what it answers
 * @param response token ids as generated, the stop token included
 * @param text the response decoded, special tokens left out
 * @param rolloutLogprobs per token, log-softmax(logits / temperature) of the taken token, after
 *     penalties and before filters; for a greedy response the temperature counts as 1. Comparable
 *     with the learner's
 * @param sampledLogprobs per token, the log-probability it was really drawn with, after top-k,
 *     top-p and min-p; 0 for greedy responses
 * @param versions per token, the policy version that drew it
 * @param finishReason why it ended
 * @param provenance who wrote it
 * @param sampling how it was drawn
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
    int length = response.length();
    Invariant.that(
        rolloutLogprobs.length() == length,
        "%s: %s rollout logprobs for %s tokens",
        id,
        rolloutLogprobs.length(),
        length);
    Invariant.that(
        sampledLogprobs.length() == length,
        "%s: %s sampled logprobs for %s tokens",
        id,
        sampledLogprobs.length(),
        length);
    Invariant.that(
        versions.length() == length,
        "%s: %s versions for %s tokens",
        id,
        versions.length(),
        length);
  }
}
