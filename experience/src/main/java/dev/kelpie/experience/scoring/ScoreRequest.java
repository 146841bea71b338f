package dev.kelpie.experience.scoring;

import java.util.List;

/**
 * Numbers of the tokens of a text under a model, most often their log-probabilities, or of the text
 * as a whole, that a run computes for each response because a reward, a label or a loss needs them.
 *
 * @param name name of the numbers, unique within an experiment
 * @param model name of the model; empty: the reference policy
 * @param prefix what comes before the text, a {@link TextTemplate}; empty: the prompt, and for a
 *     continuation also the response
 * @param continuation the text, a {@link TextTemplate}; empty: the response itself; of choices one
 *     a line
 * @param measure what is computed of each token
 */
public record ScoreRequest(
    String name, String model, String prefix, String continuation, Measure measure) {
  /** A number of a token under a model. */
  public enum Measure {
    /** Its log-probability. */
    LOGPROB,
    /**
     * Self-certainty, the KL of the uniform distribution to the one that it is drawn from: {@code
     * -1/V sum ln(V p)} over the vocabulary, in nats.
     */
    CERTAINTY,
    /**
     * The output of a classifier's score head at the end of prompt and response: one number, none
     * where they are longer than the model's positions.
     */
    SCORE,
    /**
     * The probability of that output: its softmax among the labels, of a single label its sigmoid.
     */
    PROBABILITY,
    /**
     * What that output is the sum of: each state at the end of prompt and response times its weight
     * in the score head, as many numbers as the model is wide.
     */
    SCORE_TERMS,
    /**
     * What a process reward model says of the steps of the response: the probability that each is
     * right, read at the last token of the separator that follows it; none where all is longer than
     * the model's positions.
     */
    STEPS,
    /**
     * How much better the response is than another text, after the same prompt: the log-odds of a
     * preference head; none where one of both is longer than the model's positions.
     */
    GAP,
    /**
     * The mean of the last hidden states over the tokens of the text by itself: as many numbers as
     * the model is wide, none for a text without a token or longer than the model's positions.
     */
    STATE,
    /**
     * The log-probabilities of choices of one token each, the lines of the continuation, after the
     * text of the prefix. A prefix that shows {second} is filled for each other response of the
     * group, in their order, with this one as {first}: as many times those numbers. Not a number
     * where the text is longer than the model's positions, or shows two equal responses.
     */
    CHOICES;

    /** Whether it is of the text as a whole; else of each token. */
    public boolean ofWholeText() {
      return ofScoreHead() || this == STATE;
    }

    /** Whether it needs a model with a score head; log-probabilities need one without. */
    public boolean ofScoreHead() {
      return this == SCORE
          || this == PROBABILITY
          || this == SCORE_TERMS
          || this == STEPS
          || this == GAP;
    }
  }

  /** Log-probabilities. */
  public ScoreRequest(String name, String model, String prefix, String continuation) {
    this(name, model, prefix, continuation, Measure.LOGPROB);
  }

  /** The self-certainty of each token of the response under {@code model}. */
  public static ScoreRequest ofCertainty(String model) {
    return new ScoreRequest(model + " self-certainty", model, "", "", Measure.CERTAINTY);
  }

  /** What the score head of {@code model} says of prompt and response. */
  public static ScoreRequest ofScore(String model) {
    return new ScoreRequest(model + " score", model, "", "", Measure.SCORE);
  }

  /** What the score of {@code model} is the sum of. */
  public static ScoreRequest ofScoreTerms(String model) {
    return new ScoreRequest(model + " score terms", model, "", "", Measure.SCORE_TERMS);
  }

  /** The score as a probability. */
  public static ScoreRequest ofProbability(String model) {
    return new ScoreRequest(model + " probability", model, "", "", Measure.PROBABILITY);
  }

  /** The steps of the response, which {@code separator} separates, under {@code model}. */
  public static ScoreRequest ofSteps(String model, String separator) {
    String literal = separator.replace("{", "{{").replace("}", "}}");
    return new ScoreRequest(model + " steps by " + separator, model, "", literal, Measure.STEPS);
  }

  /** How much better the response is than the text of {@code column}, by {@code model}. */
  public static ScoreRequest ofGap(String model, String column) {
    return new ScoreRequest(
        model + " gap to " + column, model, "", "{" + column + "}", Measure.GAP);
  }

  /** The mean last state of {@code model} over {@code text}, a {@link TextTemplate}. */
  public static ScoreRequest ofState(String model, String text) {
    return new ScoreRequest(model + " state of " + text, model, "", text, Measure.STATE);
  }

  /** The response under {@code model}; the numbers have the model's name. */
  public static ScoreRequest ofResponse(String model) {
    return new ScoreRequest(model, model, "", "");
  }

  /** {@code text} after prompt and response under {@code model}. */
  public static ScoreRequest ofFollowUp(String model, String text) {
    String literal = text.replace("{", "{{").replace("}", "}}");
    return new ScoreRequest(model + " after: " + text, model, "", literal);
  }

  /**
   * Each of {@code choices} after {@code text} under {@code model}.
   *
   * @param name of the numbers, beside the model's
   * @param text a {@link TextTemplate}
   */
  public static ScoreRequest ofChoices(
      String name, String model, String text, List<String> choices) {
    return new ScoreRequest(
        model + " judge " + name, model, text, String.join("\n", choices), Measure.CHOICES);
  }

  /** The text of {@code column} after {@code prefix} under {@code model}. */
  public static ScoreRequest ofColumn(String model, String prefix, String column) {
    return new ScoreRequest(
        model + " of " + column + " after: " + prefix, model, prefix, "{" + column + "}");
  }

  /** Of choices: what they are. */
  public List<String> choices() {
    return List.of(continuation.split("\n"));
  }

  /** Of choices: whether the text shows two responses of a group. */
  public boolean ofPairs() {
    return TextTemplate.of(prefix).placeholders().contains("second");
  }

  /** Whether the text is the response itself. */
  public boolean ofResponse() {
    return continuation.isEmpty();
  }
}
