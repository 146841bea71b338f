package dev.kelpie.rewards;

import dev.kelpie.experience.MetadataColumns;
import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.Score;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.rewards.answer.AnswerGrader;

/**
 * 1 if the number that the response arrives at equals the answer's, else 0: word problems in the
 * manner of GSM8K (https://arxiv.org/abs/2110.14168), whose answers end in {@code #### 1,234}.
 *
 * <p>The answer's number is the one behind its last {@code marker}, or in its last box, or its last
 * one. Numbers are read whole and compared by value: {@code 1/2}, {@code 0.5} and {@code 50%} of
 * 0.5 are equal; {@code docs/answers.md} has all forms. A response whose number cannot be read gets
 * 0. A prompt whose answer has no number cannot be judged.
 */
public final class NumericAnswerReward implements Reward {
  private static final String EXPECTED = "a number such as 1,234, 1/2 or 3e5";

  private final AnswerOptions options;
  private final AnswerGrader grader;

  public NumericAnswerReward(AnswerOptions options) {
    this.options = options;
    this.grader = AnswerGrader.ofNumbers(options.where(), options.marker(), options.tolerance());
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
    return "numeric-answer-2 " + options;
  }
}
