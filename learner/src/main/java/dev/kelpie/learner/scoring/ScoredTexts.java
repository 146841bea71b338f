package dev.kelpie.learner.scoring;

import dev.kelpie.experience.FinishReason;
import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.experience.scoring.ScoreRequest;
import dev.kelpie.experience.scoring.TextTemplate;
import dev.kelpie.model.ChatTemplate;
import dev.kelpie.model.Message;
import dev.kelpie.model.StopTokens;
import dev.kelpie.model.Tokenizer;
import dev.kelpie.model.score.SteppedResponse;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The tokens of the texts that requests name.
 *
 * @param tokenizer the policy's, needed for texts other than responses; that of a model of another
 *     vocabulary
 * @param stops the tokens that end the policy's responses; needed where texts are, too
 * @param anew whether prompts and responses are encoded anew, for a model of another vocabulary
 * @param chat whether prompts have their special tokens written in them, by a chat template
 * @param chatTemplate renders what a judge is asked, as the message of a user; empty: it is asked
 *     as it is
 */
record ScoredTexts(
    Optional<Tokenizer> tokenizer,
    Optional<StopTokens> stops,
    boolean anew,
    boolean chat,
    Optional<ChatTemplate> chatTemplate) {
  /**
   * A text and what comes before it.
   *
   * @param ends places of the last tokens of its steps, where those are judged
   */
  record Text(TokenIds prefix, TokenIds tokens, List<Integer> ends) {
    Text {
      ends = List.copyOf(ends);
    }

    Text(TokenIds prefix, TokenIds tokens) {
      this(prefix, tokens, List.of());
    }
  }

  /**
   * The text of {@code request} for a response.
   *
   * @param variant variant of the prompt; empty: the prompt itself
   */
  Text of(ScoreRequest request, Trajectory trajectory, String variant) {
    Prompt prompt = trajectory.prompt();
    if (request.ofResponse() || request.measure() == ScoreRequest.Measure.GAP) {
      return new Text(prefix(prompt, variant), response(trajectory));
    }
    Tokenizer encoder = tokenizer.orElseThrow();
    if (request.measure() == ScoreRequest.Measure.STEPS) {
      SteppedResponse steps = steps(request, trajectory);
      return new Text(prefix(prompt, variant), steps.tokens(), steps.ends());
    }
    if (request.measure() == ScoreRequest.Measure.STATE) {
      // A prompt of a chat has its special tokens written in it.
      boolean special = !(chat && request.continuation().equals("{prompt}"));
      String alone = fill(request.continuation(), trajectory, variant);
      return new Text(
          TokenIds.empty(), alone.isEmpty() ? TokenIds.empty() : encoder.encode(alone, special));
    }
    TokenIds text = encoder.encode(fill(request.continuation(), trajectory, variant), false);
    if (text.length() == 0) {
      throw new IllegalStateException(
          request.name() + ": empty continuation of " + trajectory.id() + " (expected: a text)");
    }
    TokenIds prefix =
        request.prefix().isEmpty()
            ? joined(prompt.tokens(variant), answered(trajectory))
            : encoder.encode(fill(request.prefix(), trajectory, variant), !chat);
    return new Text(prefix, text);
  }

  /** What the response is compared with: a text after the same prompt, ended as responses are. */
  Text other(ScoreRequest request, Trajectory trajectory, String variant) {
    TokenIds text =
        tokenizer.orElseThrow().encode(fill(request.continuation(), trajectory, variant), false);
    return new Text(prefix(trajectory.prompt(), variant), stops.orElseThrow().end(text, false));
  }

  private TokenIds prefix(Prompt prompt, String variant) {
    return anew
        ? tokenizer.orElseThrow().encode(prompt.text(variant), true)
        : prompt.tokens(variant);
  }

  private TokenIds response(Trajectory trajectory) {
    if (!anew) {
      return trajectory.response();
    }
    String text = trajectory.text();
    TokenIds tokens =
        text.isEmpty() ? TokenIds.empty() : tokenizer.orElseThrow().encode(text, false);
    return trajectory.finishReason() == FinishReason.STOP
        ? stops.orElseThrow().end(tokens, false)
        : tokens;
  }

  /** The response in steps, for a request that has them judged. */
  private SteppedResponse steps(ScoreRequest request, Trajectory trajectory) {
    String separator = TextTemplate.of(request.continuation()).fill(name -> "");
    return SteppedResponse.of(
        SteppedResponse.split(trajectory.text(), separator), separator, tokenizer.orElseThrow());
  }

  /**
   * What a judge is asked before it says one of its choices.
   *
   * @param second the other response of a pair; {@code trajectory} itself where one is judged
   */
  TokenIds asked(ScoreRequest request, Trajectory trajectory, Trajectory second, String variant) {
    Tokenizer encoder = tokenizer.orElseThrow();
    Map<String, String> pair = Map.of("first", trajectory.text(), "second", second.text());
    String text = fill(request.prefix(), trajectory, variant, pair);
    if (chatTemplate.isPresent()) {
      Message message = new Message("user", text.strip());
      return encoder.encode(chatTemplate.get().render(List.of(message), true), false);
    }
    boolean blank = ChoiceTokens.followBlank(request, chat);
    return encoder.encode(blank ? text.substring(0, text.length() - 1) : text, !chat);
  }

  /** The response without the token that ends it. */
  private static TokenIds answered(Trajectory trajectory) {
    TokenIds response = trajectory.response();
    boolean ended = trajectory.finishReason() == FinishReason.STOP && response.length() > 0;
    return ended ? response.slice(0, response.length() - 1) : response;
  }

  private static TokenIds joined(TokenIds first, TokenIds second) {
    int[] all = Arrays.copyOf(first.toArray(), first.length() + second.length());
    System.arraycopy(second.toArray(), 0, all, first.length(), second.length());
    return TokenIds.of(all);
  }

  private static String fill(String template, Trajectory trajectory, String variant) {
    return fill(template, trajectory, variant, Map.of());
  }

  /**
   * @param more values of further placeholders
   */
  private static String fill(
      String template, Trajectory trajectory, String variant, Map<String, String> more) {
    Prompt prompt = trajectory.prompt();
    return TextTemplate.of(template)
        .fill(
            name -> {
              String own = more.get(name);
              return own == null ? value(name, trajectory, prompt, variant) : own;
            });
  }

  private static String value(String name, Trajectory trajectory, Prompt prompt, String variant) {
    return switch (name) {
      case "prompt" -> prompt.text(variant);
      case "response" -> trajectory.text();
      case "answer" -> prompt.answer().orElse("");
      default ->
          Optional.ofNullable(prompt.metadata().get(name))
              .orElseThrow(
                  () ->
                      new IllegalStateException(
                          "prompt "
                              + prompt.id()
                              + ": no column "
                              + name
                              + " (expected: one of "
                              + prompt.metadata().keySet()
                              + ")"));
    };
  }
}
