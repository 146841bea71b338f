package dev.kelpie.rewards.group;

import dev.kelpie.experience.Score;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.rewards.judge.Judge;
import dev.kelpie.rewards.judge.JudgeOptions;
import dev.kelpie.rewards.judge.Verdict;
import dev.kelpie.rewards.remote.ChatModel;
import dev.kelpie.rewards.remote.Connections;
import dev.kelpie.rewards.remote.RemoteException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

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

  /** A pair's verdict, or why there is none. */
  private record Judged(int first, int second, @Nullable Verdict verdict, String problem) {}

  @Override
  public Compared compare(List<Score> scores, List<Trajectory> group) throws InterruptedException {
    ChatModel model =
        connections
            .orElseThrow(() -> new IllegalArgumentException("compare: the judge is not connected"))
            .model(judge.model());
    List<Callable<Judged>> pairs = new ArrayList<>();
    for (int i = 0; i < group.size(); i++) {
      for (int j = i + 1; j < group.size(); j++) {
        int first = i;
        int second = j;
        pairs.add(() -> judged(model, group, first, second));
      }
    }
    List<Judged> all;
    try {
      all =
          connections
              .orElseThrow()
              .all(pairs, Math.max(1, (model.concurrency() + WORKERS - 1) / WORKERS));
    } catch (ExecutionException e) {
      throw new IllegalArgumentException("compare: " + e.getCause(), e);
    }
    return compared(group.size(), all);
  }

  private Judged judged(ChatModel model, List<Trajectory> group, int first, int second)
      throws InterruptedException {
    try {
      return new Judged(
          first,
          second,
          judge.compare(
              model, group.get(first).prompt(), group.get(first).text(), group.get(second).text()),
          "");
    } catch (RemoteException e) {
      return new Judged(first, second, null, "compare: " + e.getMessage());
    }
  }

  /** The matrix of those whose pairs all have a verdict, after the worst ones are out. */
  private static Compared compared(int size, List<Judged> pairs) {
    List<Optional<String>> problems = new ArrayList<>(Collections.nCopies(size, Optional.empty()));
    Set<Judged> missing = new HashSet<>();
    double[][] better = new double[size][size];
    double disagreement = 0;
    int judged = 0;
    for (Judged pair : pairs) {
      Verdict verdict = pair.verdict();
      if (verdict == null) {
        missing.add(pair);
      } else {
        better[pair.first()][pair.second()] = verdict.value();
        better[pair.second()][pair.first()] = 1 - verdict.value();
        disagreement += verdict.disagreement();
        judged++;
      }
    }
    while (!missing.isEmpty()) {
      int[] count = new int[size];
      missing.forEach(
          pair -> {
            count[pair.first()]++;
            count[pair.second()]++;
          });
      int worst = 0;
      for (int i = 1; i < size; i++) {
        worst = count[i] >= count[worst] ? i : worst;
      }
      int out = worst;
      problems.set(
          out,
          missing.stream()
              .filter(pair -> pair.first() == out || pair.second() == out)
              .map(Judged::problem)
              .sorted()
              .findFirst());
      missing.removeIf(pair -> pair.first() == out || pair.second() == out);
    }
    List<Integer> kept = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      if (problems.get(i).isEmpty()) {
        kept.add(i);
      }
    }
    ComparisonMatrix matrix =
        ComparisonMatrix.of(kept.size(), (i, j) -> i == j ? 0.5 : better[kept.get(i)][kept.get(j)]);
    return new Compared(matrix, problems, Optional.of(judged == 0 ? 0 : disagreement / judged));
  }
}
