package dev.kelpie.rewards;

import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;
import dev.kelpie.experience.MetadataColumns;
import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.Score;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.rewards.answer.AnswerGrader;
import dev.kelpie.rewards.answer.Where;

/**
 * 1 if the mathematics that the response arrives at equals the answer's, else 0: problems in the
 * manner of MATH (https://arxiv.org/abs/2103.03874), whose answers are in <code>\boxed{...}</code>.
 *
 * <p>Numbers, formulas, tuples, intervals, sets, matrices, equations and inequalities are compared
 * by value, words by their letters; {@code docs/answers.md} has all forms. The reference answer is
 * what is behind its last {@code marker}, or in its last box, or all of it. A response without an
 * answer gets 0; one in a form that is listed as unsupported cannot be judged.
 */
public final class MathAnswerReward implements Reward {
  private static final String EXPECTED =
      "mathematics such as \\frac{1}{2}, (1, 2] or 2\\pi, or words";

  private final Options options;
  private final AnswerGrader grader;

  /** Options of the type {@code math-answer}. */
  public record Options(
      @Doc("where the response's answer is looked for") Where where,
      @Doc("what stands before the final answer") String marker,
      @Doc("largest difference of two numbers that still counts as equal") double tolerance,
      @Doc("a response cut off by the length limit gets 0") boolean requireStop) {
    public static final Options DEFAULTS = new Options(Where.ANYWHERE, "####", 0, false);

    public Options {
      Require.that(!marker.isEmpty(), "marker: empty (expected: a text such as ####)");
      Require.atLeast("tolerance", tolerance, 0.0);
    }
  }

  public MathAnswerReward(Options options) {
    this.options = options;
    this.grader =
        AnswerGrader.ofMathematics(options.where(), options.marker(), options.tolerance());
  }

  @Override
  public Score score(Trajectory trajectory) throws RewardException {
    boolean cutOff = options.requireStop() && !Answers.stopped(trajectory);
    return Answers.graded(grader, trajectory, cutOff, EXPECTED);
  }

  @Override
  public void checkAnswer(Prompt prompt) throws RewardException {
    Answers.check(grader, prompt, EXPECTED);
  }

  @Override
  public MetadataColumns columns() {
    return MetadataColumns.NONE;
  }

  @Override
  public String version() {
    return "math-answer-1 " + options;
  }
}
