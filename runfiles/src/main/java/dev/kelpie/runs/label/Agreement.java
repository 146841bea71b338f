package dev.kelpie.runs.label;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * How far two raters agree about the items that both have answered.
 *
 * @param items how many that are
 * @param share of them with the same answer; NaN without any
 * @param kappa Cohen's: (share - chance) / (1 - chance), where chance is the share that two raters
 *     with the same frequencies of answers would have by chance; NaN where chance is 1
 */
public record Agreement(int items, double share, double kappa) {
  /**
   * Of two lists of answers about the same items in the same order.
   *
   * <p>Cohen 1960, https://doi.org/10.1177/001316446002000104.
   */
  public static Agreement of(List<String> one, List<String> other) {
    if (one.size() != other.size()) {
      throw new IllegalArgumentException(one.size() + " and " + other.size() + " answers");
    }
    int n = one.size();
    int same = 0;
    Map<String, Integer> ones = new HashMap<>();
    Map<String, Integer> others = new HashMap<>();
    for (int i = 0; i < n; i++) {
      same += one.get(i).equals(other.get(i)) ? 1 : 0;
      ones.merge(one.get(i), 1, Integer::sum);
      others.merge(other.get(i), 1, Integer::sum);
    }
    double share = n == 0 ? Double.NaN : (double) same / n;
    double chance = 0;
    for (Map.Entry<String, Integer> entry : ones.entrySet()) {
      chance += (double) entry.getValue() * others.getOrDefault(entry.getKey(), 0) / n / n;
    }
    double kappa = n == 0 || chance == 1 ? Double.NaN : (share - chance) / (1 - chance);
    return new Agreement(n, share, kappa);
  }
}
