package dev.kelpie.cli.train;

import dev.kelpie.experience.Score;
import dev.kelpie.experience.reward.ScoreParts;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** Means of the scorers that only evaluations ask. */
final class EvalScorers {
  private final Map<String, Mean> means = new TreeMap<>();

  private static final class Mean {
    private double sum;
    private int count;
    private int failed;

    String words() {
      return String.format(
          Locale.ROOT,
          "%.4f, %d samples%s",
          sum / count,
          count,
          failed == 0 ? "" : ", " + failed + " failed");
    }
  }

  void add(Score score) {
    score
        .parts()
        .forEach(
            (part, value) -> {
              if (!part.startsWith(ScoreParts.HELD_OUT)) {
                return;
              }
              boolean failed = part.endsWith(ScoreParts.FAILED);
              int end = part.length() - (failed ? ScoreParts.FAILED.length() : 0);
              Mean mean =
                  means.computeIfAbsent(
                      part.substring(ScoreParts.HELD_OUT.length(), end), name -> new Mean());
              if (failed) {
                mean.failed += value > 0 ? 1 : 0;
              } else {
                mean.sum += value;
                mean.count++;
              }
            });
  }

  /** One line for each scorer. */
  List<String> lines() {
    return means.entrySet().stream()
        .map(entry -> "held-out scorer " + entry.getKey() + ": " + entry.getValue().words())
        .toList();
  }
}
