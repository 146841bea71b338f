package dev.kelpie.rewards;

import dev.kelpie.experience.FinishReason;
import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.Score;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.rewards.answer.AnswerGrader;
import dev.kelpie.rewards.answer.UnreadableAnswer;
import dev.kelpie.rewards.answer.UnsupportedAnswer;
import java.util.Map;

/** Steps shared by the rewards that compare a response with the reference answer. */
final class Answers {
  private Answers() {}

  /** The prompt's reference answer without white space around it. */
  static String of(Trajectory trajectory) throws RewardException {
    return of(trajectory.prompt());
  }

  /** The prompt's reference answer without white space around it. */
  static String of(Prompt prompt) throws RewardException {
    return prompt
        .answer()
        .map(String::strip)
        .orElseThrow(
            () -> new RewardException("prompt " + prompt.id() + " has no answer (data.answer)"));
  }

  /**
   * 1 if the response has the prompt's answer, else 0.
   *
   * @param cutOff whether the response gets 0 whatever it says
   * @param expected what answers are
   */
  static Score graded(AnswerGrader grader, Trajectory trajectory, boolean cutOff, String expected)
      throws RewardException {
    Prompt prompt = trajectory.prompt();
    String answer = of(prompt);
    if (cutOff) {
      check(grader, prompt, expected);
      return score(false);
    }
    try {
      return score(grader.isRight(answer, trajectory.text()));
    } catch (UnsupportedAnswer e) {
      check(grader, prompt, expected);
      throw new RewardException(
          "prompt " + prompt.id() + ": the response's answer: " + e.getMessage());
    } catch (UnreadableAnswer e) {
      throw unreadable(prompt, answer, e, expected);
    }
  }

  /** Refuses a prompt whose answer cannot be read. */
  static void check(AnswerGrader grader, Prompt prompt, String expected) throws RewardException {
    String answer = of(prompt);
    try {
      grader.check(answer);
    } catch (UnreadableAnswer e) {
      throw unreadable(prompt, answer, e, expected);
    }
  }

  private static RewardException unreadable(
      Prompt prompt, String answer, UnreadableAnswer why, String expected) {
    String line = answer.replaceAll("\\s+", " ");
    String shown = line.length() > 60 ? "..." + line.substring(line.length() - 57) : line;
    return new RewardException(
        "prompt "
            + prompt.id()
            + ": answer "
            + shown
            + ": "
            + why.getMessage()
            + " (expected: "
            + expected
            + ")");
  }

  /** Whether the response ended by a stop token. */
  static boolean stopped(Trajectory trajectory) {
    return trajectory.finishReason() == FinishReason.STOP;
  }

  /** 1 or 0. */
  static Score score(boolean right) {
    return new Score(right ? 1 : 0, Map.of());
  }
}
