package dev.kelpie.rewards;

import dev.kelpie.experience.MetadataColumns;
import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.Score;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.experience.scoring.SampleNumbers;
import dev.kelpie.experience.scoring.ScoreRequest;
import dev.kelpie.rewards.judge.JudgeOptions;
import dev.kelpie.rewards.judge.LogprobJudge;
import dev.kelpie.rewards.judge.Verdict;
import java.util.List;
import java.util.Map;

/**
 * The verdict of a model of the run on a response, by the log-probabilities of its choices: their
 * mean value, from 1 for the first to 0 for the last, or the probability that the response is
 * better than the reference answer.
 */
record LogprobJudgeReward(LogprobJudge judge) implements Reward {
  LogprobJudgeReward(JudgeOptions options) {
    this(LogprobJudge.ofResponse(options));
  }

  @Override
  public List<ScoreRequest> requests() {
    return judge.requests();
  }

  @Override
  public Score score(Trajectory trajectory) throws RewardException {
    return score(trajectory, SampleNumbers.NONE);
  }

  @Override
  public Score score(Trajectory trajectory, SampleNumbers numbers) throws RewardException {
    Verdict verdict =
        judge
            .verdict(trajectory, numbers)
            .orElseThrow(
                () ->
                    new RewardException(
                        "prompt "
                            + trajectory.prompt().id()
                            + ": no verdict of "
                            + judge.judge().model()
                            + " (expected: a filled template within its positions)"));
    return new Score(
        (float) verdict.value(),
        judge.judge().comparesPairs()
            ? Map.of("disagreement", (float) verdict.disagreement())
            : Map.of());
  }

  @Override
  public void checkAnswer(Prompt prompt) throws RewardException {
    JudgeReward.checkAnswer(judge.judge(), prompt);
  }

  @Override
  public MetadataColumns columns() {
    return MetadataColumns.of(judge.judge().columns().toArray(String[]::new));
  }

  @Override
  public String version() {
    return "judge-1 " + judge.judge().version();
  }
}
