package dev.kelpie.rollout;

import dev.kelpie.config.DataOptions.Truncation;
import dev.kelpie.experience.TokenIds;
import java.util.List;
import java.util.Optional;

/**
 * A prompt and its responses in tokens.
 *
 * @param text the prompt as it was rendered
 * @param whole whether {@code prompt} is all of that text
 */
record GivenTokens(String text, boolean whole, TokenIds prompt, List<Response> responses) {
  /**
   * A response.
   *
   * @param cut whether it is not whole
   */
  record Response(TokenIds tokens, boolean cut) {}

  GivenTokens {
    responses = List.copyOf(responses);
  }

  /** The same with the last {@code most} tokens of the prompt. */
  GivenTokens promptCut(int most) {
    int length = prompt.length();
    return with(prompt.slice(Math.max(0, length - most), length), responses);
  }

  private GivenTokens with(TokenIds newPrompt, List<Response> newResponses) {
    return new GivenTokens(text, whole, newPrompt, newResponses);
  }

  /**
   * The same with at most {@code most} tokens of the prompt with any of its responses; empty if the
   * row is to be left out. Keeping the start leaves out a row whose prompt alone is that long, as
   * TRL does. Keeping the end cuts one prompt for all responses, where TRL cuts one for each.
   */
  Optional<GivenTokens> cut(int most, Truncation how) {
    int more = longest() - most;
    return switch (how) {
      case DROP -> more > 0 ? Optional.empty() : Optional.of(this);
      case KEEP_START -> prompt.length() >= most ? Optional.empty() : Optional.of(keepStart(most));
      case KEEP_END -> Optional.of(more <= 0 ? this : keepEnd(most, more));
    };
  }

  /** Tokens of the prompt with its longest response. */
  int longest() {
    return prompt.length()
        + responses.stream().mapToInt(response -> response.tokens().length()).max().orElse(0);
  }

  private GivenTokens keepStart(int most) {
    int room = most - prompt.length();
    return with(
        prompt,
        responses.stream()
            .map(
                response ->
                    response.tokens().length() <= room
                        ? response
                        : new Response(response.tokens().slice(0, room), true))
            .toList());
  }

  private GivenTokens keepEnd(int most, int more) {
    int left = Math.max(1, prompt.length() - more);
    int room = most - left;
    return with(
        prompt.slice(prompt.length() - left, prompt.length()),
        responses.stream()
            .map(
                response -> {
                  int length = response.tokens().length();
                  return length <= room
                      ? response
                      : new Response(response.tokens().slice(length - room, length), true);
                })
            .toList());
  }
}
