package dev.kelpie.rewards;

import dev.kelpie.experience.FinishReason;
import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.Score;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.rewards.answer.AnswerGrader;
import dev.kelpie.rewards.answer.UnreadableAnswer;
import java.util.Map;
import java.util.Optional;

/** Steps shared by the rewards that compare a response with the reference answer. */
final class Answers {
  private Answers() {}

  /** The prompt's reference answer without white space around it. */
  static String of(Trajectory trajectory) throws RewardException {
    String id = trajectory.prompt().id();
    return answer(trajectory.prompt())
        .orElseThrow(() -> new RewardException("prompt " + id + " has no answer (data.answer)"));
  }

  private static Optional<String> answer(Prompt prompt) {
    return prompt.answer().map(String::strip);
  }

  /**
   * 1 if the response has the prompt's answer, else 0.
   *
   * @param cutOff whether the response gets 0 whatever it says
   * @param expected what answers are
   */
  static Score graded(AnswerGrader grader, Trajectory trajectory, boolean cutOff, String expected)
      throws RewardException {
    String answer = of(trajectory);
    String place = "prompt " + trajectory.prompt().id() + ": ";
    try {
      grader.check(answer);
    } catch (UnreadableAnswer e) {
      throw new RewardException(place + unreadable(answer, e, expected));
    }
    try {
      return score(!cutOff && grader.isRight(answer, trajectory.text()));
    } catch (UnreadableAnswer e) {
      throw new RewardException(place + "the response's answer: " + e.getMessage());
    }
  }

  /** Refuses a prompt whose answer cannot be read; the message does not name the prompt. */
  static void check(AnswerGrader grader, Prompt prompt, String expected) throws RewardException {
    String answer =
        answer(prompt).orElseThrow(() -> new RewardException("no answer (data.answer)"));
    try {
      grader.check(answer);
    } catch (UnreadableAnswer e) {
      throw new RewardException(unreadable(answer, e, expected));
    }
  }

  private static String unreadable(String answer, UnreadableAnswer why, String expected) {
    String line = answer.replaceAll("[\\s\\p{Cntrl}]+", " ");
    String shown = line.length() > 60 ? "..." + line.substring(line.length() - 57) : line;
    return "answer " + shown + ": " + why.getMessage() + " (expected: " + expected + ")";
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
