package dev.kelpie.rewards;

import dev.kelpie.experience.MetadataColumns;
import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.Score;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.rewards.judge.Judge;
import dev.kelpie.rewards.judge.JudgeOptions;
import dev.kelpie.rewards.judge.Verdict;
import dev.kelpie.rewards.remote.ChatModel;
import dev.kelpie.rewards.remote.Connections;
import dev.kelpie.rewards.remote.RemoteException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The verdict of a model on a response: a number, the value of a choice from 1 for the first to 0
 * for the last, or the probability that the response is better than the reference answer. A verdict
 * that cannot be read is a failure, never a 0.
 */
public final class JudgeReward implements Reward {
  private final Judge judge;
  private final Optional<ChatModel> model;

  public JudgeReward(JudgeOptions options) {
    this(Judge.ofResponse(options), Optional.empty());
  }

  private JudgeReward(Judge judge, Optional<ChatModel> model) {
    this.judge = judge;
    this.model = model;
  }

  /** The judge, to show what it is asked. */
  public Judge judge() {
    return judge;
  }

  @Override
  public Reward connect(Connections connections) {
    return new JudgeReward(judge, Optional.of(connections.model(judge.model())));
  }

  @Override
  public Set<String> remoteModels() {
    return Set.of(judge.model());
  }

  @Override
  public boolean isRemote() {
    return true;
  }

  @Override
  public int concurrency() {
    return model.map(ChatModel::concurrency).orElse(1);
  }

  @Override
  public Score score(Trajectory trajectory) throws RewardException, InterruptedException {
    Prompt prompt = trajectory.prompt();
    if (model.isEmpty()) {
      throw new RewardException("prompt " + prompt.id() + ": the judge is not connected");
    }
    try {
      Verdict verdict = judge.judge(model.get(), prompt, trajectory.text());
      Map<String, Float> parts = new HashMap<>();
      parts.put("unreadable", (float) verdict.unreadable());
      if (judge.comparesPairs()) {
        parts.put("disagreement", (float) verdict.disagreement());
      }
      return new Score((float) verdict.value(), parts);
    } catch (RemoteException e) {
      throw new RewardException("prompt " + prompt.id() + ": " + e.getMessage());
    }
  }

  /** Refuses a row that lacks a column or the answer which the template shows. */
  @Override
  public void checkAnswer(Prompt prompt) throws RewardException {
    checkAnswer(judge, prompt);
  }

  static void checkAnswer(Judge judge, Prompt prompt) throws RewardException {
    for (String column : judge.columns()) {
      if (!prompt.metadata().containsKey(column)) {
        throw new RewardException(
            "column "
                + column
                + ": none (expected: one in every row, because the template shows {"
                + column
                + "})");
      }
    }
    if ((judge.showsAnswer() || judge.comparesPairs()) && prompt.answer().isEmpty()) {
      throw new RewardException("no answer (data.answer)");
    }
  }

  @Override
  public MetadataColumns columns() {
    return MetadataColumns.of(judge.columns().toArray(String[]::new));
  }

  @Override
  public String version() {
    return "judge-1 " + judge.version();
  }
}
