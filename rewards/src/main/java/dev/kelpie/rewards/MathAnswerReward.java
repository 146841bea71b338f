package dev.kelpie.rewards;

import dev.kelpie.experience.MetadataColumns;
import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.Score;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.rewards.answer.AnswerGrader;

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

  private final AnswerOptions options;
  private final AnswerGrader grader;

  public MathAnswerReward(AnswerOptions options) {
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
