package dev.kelpie.rewards.group;

import dev.kelpie.experience.Score;
import dev.kelpie.rewards.judge.Judge;
import dev.kelpie.rewards.judge.JudgeOptions;
import dev.kelpie.rewards.remote.ChatModel;
import dev.kelpie.rewards.remote.Connections;
import dev.kelpie.rewards.remote.RemoteException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;

/**
 * Compares by a judge: each pair of responses is shown to it, in both orders unless {@code swap} is
 * off. A pair without a verdict takes the response that has most such pairs out of the comparison.
 */
final class JudgeComparison implements Comparison {
  /** Workers that share the requests which may run at the same time. */
  private static final int WORKERS = 4;

  private final Judge judge;
  private final Optional<Connections> connections;

  JudgeComparison(JudgeOptions options) {
    this(Judge.ofPair(options), Optional.empty());
  }

  private JudgeComparison(Judge judge, Optional<Connections> connections) {
    this.judge = judge;
    this.connections = connections;
  }

  Judge judge() {
    return judge;
  }

  @Override
  public Comparison connect(Connections given) {
    given.model(judge.model());
    return new JudgeComparison(judge, Optional.of(given));
  }

  @Override
  public ComparisonMatrix compare(List<Score> group) {
    throw new IllegalArgumentException("compare: a judge needs the responses");
  }

  @Override
  public Compared compare(List<Score> scores, List<GroupMember> group) throws InterruptedException {
    ChatModel model =
        connections
            .orElseThrow(() -> new IllegalArgumentException("compare: the judge is not connected"))
            .model(judge.model());
    List<Callable<JudgedPair>> pairs = new ArrayList<>();
    for (int i = 0; i < group.size(); i++) {
      for (int j = i + 1; j < group.size(); j++) {
        int first = i;
        int second = j;
        pairs.add(() -> judged(model, group, first, second));
      }
    }
    List<JudgedPair> all;
    try {
      all =
          connections
              .orElseThrow()
              .all(pairs, Math.max(1, (model.concurrency() + WORKERS - 1) / WORKERS));
    } catch (ExecutionException e) {
      throw new IllegalArgumentException("compare: " + e.getCause(), e);
    }
    return JudgedPair.compared(group.size(), all);
  }

  private JudgedPair judged(ChatModel model, List<GroupMember> group, int first, int second)
      throws InterruptedException {
    try {
      return new JudgedPair(
          first,
          second,
          judge.compare(
              model,
              group.get(first).trajectory().prompt(),
              group.get(first).trajectory().text(),
              group.get(second).trajectory().text()),
          "");
    } catch (RemoteException e) {
      return new JudgedPair(first, second, null, "compare: " + e.getMessage());
    }
  }
}
