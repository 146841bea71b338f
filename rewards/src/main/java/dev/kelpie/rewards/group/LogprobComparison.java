package dev.kelpie.rewards.group;

import dev.kelpie.experience.Score;
import dev.kelpie.experience.scoring.ScoreRequest;
import dev.kelpie.rewards.judge.JudgeOptions;
import dev.kelpie.rewards.judge.LogprobJudge;
import dev.kelpie.rewards.judge.Verdict;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Compares by a judge that is a model of the run, from the log-probabilities of its choices after
 * each ordered pair of the group. A pair whose text is too long for the model takes the response
 * that has most such pairs out of the comparison.
 */
record LogprobComparison(LogprobJudge judge) implements Comparison {
  LogprobComparison(JudgeOptions options) {
    this(LogprobJudge.ofGroup(options));
  }

  @Override
  public List<ScoreRequest> requests() {
    return judge.requests();
  }

  @Override
  public ComparisonMatrix compare(List<Score> group) {
    throw new IllegalArgumentException("compare: a judge needs the responses");
  }

  @Override
  public Compared compare(List<Score> scores, List<GroupMember> group) {
    List<JudgedPair> pairs = new ArrayList<>();
    for (int i = 0; i < group.size(); i++) {
      for (int j = i + 1; j < group.size(); j++) {
        pairs.add(judged(i, group.get(i), j, group.get(j)));
      }
    }
    return JudgedPair.compared(group.size(), pairs);
  }

  private JudgedPair judged(int i, GroupMember first, int j, GroupMember second) {
    Optional<Verdict> verdict =
        judge.compare(
            first.trajectory(),
            first.numbers(),
            first.placeOf(second),
            second.trajectory(),
            second.numbers(),
            second.placeOf(first));
    return verdict
        .map(found -> new JudgedPair(i, j, found, ""))
        .orElseGet(
            () ->
                new JudgedPair(
                    i,
                    j,
                    null,
                    "compare: no verdict of "
                        + judge.judge().model()
                        + " (expected: a filled template within its positions)"));
  }
}
