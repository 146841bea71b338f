package dev.kelpie.rewards;

import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;
import dev.kelpie.rewards.answer.Where;

/** Options of the rewards that read an answer: {@code numeric-answer} and {@code math-answer}. */
public record AnswerOptions(
    @Doc("where the response's answer is looked for") Where where,
    @Doc("what stands before the final answer") String marker,
    @Doc("largest difference of two numbers that still counts as equal") double tolerance,
    @Doc("a response cut off by the length limit gets 0") boolean requireStop) {
  public static final AnswerOptions DEFAULTS = new AnswerOptions(Where.ANYWHERE, "####", 0, false);

  public AnswerOptions {
    Require.that(!marker.isEmpty(), "marker: empty (expected: a text such as ####)");
    Require.atLeast("tolerance", tolerance, 0.0);
  }
}
