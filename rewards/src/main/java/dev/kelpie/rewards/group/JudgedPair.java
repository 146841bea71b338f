package dev.kelpie.rewards.group;

import dev.kelpie.rewards.judge.Verdict;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A pair's verdict, or why there is none.
 *
 * @param first index of the first response
 * @param second index of the second one
 * @param problem empty where there is a verdict
 */
record JudgedPair(int first, int second, @Nullable Verdict verdict, String problem) {
  /** The matrix of those whose pairs all have a verdict, after the worst ones are out. */
  static Compared compared(int size, List<JudgedPair> pairs) {
    List<Optional<String>> problems = new ArrayList<>(Collections.nCopies(size, Optional.empty()));
    Set<JudgedPair> missing = new HashSet<>();
    double[][] better = new double[size][size];
    double disagreement = 0;
    int judged = 0;
    for (JudgedPair pair : pairs) {
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
              .map(JudgedPair::problem)
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
