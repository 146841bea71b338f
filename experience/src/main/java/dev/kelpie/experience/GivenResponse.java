package dev.kelpie.experience;

/**
 * A response that is not sampled but read: a column of the prompt's row, a side of a recorded pair,
 * a demonstration.
 *
 * @param text the response decoded, special tokens left out
 * @param tokens its encoding, the stop token included where the response is complete
 * @param finishReason whether it is complete, or was cut
 */
public record GivenResponse(
    Origin origin, String text, TokenIds tokens, FinishReason finishReason) {}
