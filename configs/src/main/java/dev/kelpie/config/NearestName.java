package dev.kelpie.config;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/** Finds the known name that is nearest to a misspelt one. */
public final class NearestName {
  private static final int LISTED = 16;

  private NearestName() {}

  /** The known name with the fewest edits to {@code name}, if it is near enough to be a typo. */
  public static Optional<String> of(String name, Collection<String> known) {
    int limit = Math.max(2, name.length() / 3);
    return known.stream()
        .filter(candidate -> distance(name, candidate) <= limit)
        .min(Comparator.comparingInt(candidate -> distance(name, candidate)));
  }

  /** {@code ppo-clip? one of dapo, ppo-clip}, for the expectation of a message. */
  public static String expectation(String name, Collection<String> known) {
    String all = "one of " + String.join(", ", known);
    return of(name, known).map(near -> near + "? " + all).orElse(all);
  }

  /** The same of names that may be many: {@code ann? one of 2000 names}. */
  public static String ofMany(String name, Collection<String> known) {
    if (known.size() <= LISTED) {
      return expectation(name, known);
    }
    String all = "one of " + known.size() + " names";
    return of(name, known).map(near -> near + "? " + all).orElse(all);
  }

  /** The nearest key alone, or all of them. */
  static String expectedKey(String key, Collection<String> known) {
    return of(key, known).map(near -> near + "?").orElse("one of " + String.join(", ", known));
  }

  /** Optimal string alignment: insertions, deletions, substitutions, swaps of two neighbours. */
  private static int distance(String a, String b) {
    int[][] d = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        if (i == 0 || j == 0) {
          d[i][j] = i + j;
          continue;
        }
        int change = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
        int best = Math.min(Math.min(d[i - 1][j], d[i][j - 1]) + 1, d[i - 1][j - 1] + change);
        boolean swapped =
            i > 1
                && j > 1
                && a.charAt(i - 1) == b.charAt(j - 2)
                && a.charAt(i - 2) == b.charAt(j - 1);
        d[i][j] = swapped ? Math.min(best, d[i - 2][j - 2] + 1) : best;
      }
    }
    return d[a.length()][b.length()];
  }
}
