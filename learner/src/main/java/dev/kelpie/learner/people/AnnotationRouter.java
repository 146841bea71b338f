package dev.kelpie.learner.people;

import dev.kelpie.algorithms.pairing.RowPair;
import dev.kelpie.config.Require;
import dev.kelpie.config.people.PeopleOptions;
import dev.kelpie.experience.Prompt;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Predicts how far the fallback label of a pair is from what people say, so that people are asked
 * where it is likely to be wrong.
 *
 * <p>Linear regression with a ridge: with features x of the pairs that people have answered and
 * {@code e = abs(p of people - p of the fallback)}, {@code A = ridge I + sum x x^T} and {@code w =
 * A^-1 sum e x}. A pair's priority is {@code w^T x + sqrt(x^T A^-1 x / (1 + n))}, n the number of
 * answers: pairs unlike all that were answered come early, too (Li et al. 2010,
 * https://arxiv.org/abs/1003.0146, Algorithm 1).
 *
 * <p>After Miranda et al. 2024, https://arxiv.org/abs/2410.19133, who predict the performance of a
 * reward model from features of a whole mixture of labels; here the error of single pairs is
 * predicted.
 */
public final class AnnotationRouter {
  /** Absolute difference of the scores of both responses. */
  public static final String GAP = "gap";

  /** Tokens of the prompt, in hundreds. */
  public static final String LENGTH = "length";

  private static final String BIAS = "1";

  /** What the names of all carried numbers begin with. */
  public static final String SUMS = "router/";

  private static final int MOST_FEATURES = 200;

  private final PeopleOptions.Router options;
  private final TreeMap<String, Double> products = new TreeMap<>(); // "ONE\tOTHER", and "ONE"
  private double answers;

  public AnnotationRouter(PeopleOptions.Router options) {
    this.options = options;
  }

  /** The features of a pair by name; a column is 1 under its name and value. */
  public Map<String, Double> features(Prompt prompt, RowPair pair) {
    Map<String, Double> features = new LinkedHashMap<>();
    features.put(BIAS, 1.0);
    for (String name : options.features()) {
      switch (name) {
        case GAP -> features.put(GAP, Math.abs(pair.gap()));
        case LENGTH -> features.put(LENGTH, prompt.tokens().length() / 100.0);
        default -> features.put(name + "=" + prompt.metadata().getOrDefault(name, "").strip(), 1.0);
      }
    }
    return features;
  }

  /** Takes the error of a pair that people have answered. */
  public void learn(Map<String, Double> features, double error) {
    answers++;
    features.forEach(
        (one, x) -> {
          products.merge(one, error * x, Double::sum);
          features.forEach(
              (other, y) -> {
                if (one.compareTo(other) <= 0) {
                  products.merge(one + "\t" + other, x * y, Double::sum);
                }
              });
        });
  }

  /** The priorities of pairs, in their order; higher ones are asked about first. */
  public List<Double> priorities(List<Map<String, Double>> pairs) {
    TreeSet<String> names = new TreeSet<>();
    products.keySet().stream().filter(key -> !key.contains("\t")).forEach(names::add);
    pairs.forEach(features -> names.addAll(features.keySet()));
    Require.that(
        names.size() <= MOST_FEATURES,
        "algorithm.label.router.features: %s values (expected: columns of at most %s values"
            + " together)",
        names.size(),
        MOST_FEATURES);
    List<String> order = List.copyOf(names);
    double[][] inverse = inverse(order);
    double[] weights = new double[order.size()];
    for (int i = 0; i < weights.length; i++) {
      for (int j = 0; j < weights.length; j++) {
        weights[i] += inverse[i][j] * products.getOrDefault(order.get(j), 0.0);
      }
    }
    List<Double> priorities = new ArrayList<>();
    for (Map<String, Double> features : pairs) {
      double mean = 0;
      double spread = 0;
      for (int i = 0; i < weights.length; i++) {
        double x = features.getOrDefault(order.get(i), 0.0);
        mean += weights[i] * x;
        for (int j = 0; x != 0 && j < weights.length; j++) {
          spread += x * inverse[i][j] * features.getOrDefault(order.get(j), 0.0);
        }
      }
      priorities.add(mean + Math.sqrt(Math.max(0, spread) / (1 + answers)));
    }
    return priorities;
  }

  /**
   * The inverse of ridge I + the sums of products, by Gauss and Jordan; it is positive definite.
   */
  private double[][] inverse(List<String> order) {
    int n = order.size();
    double[][] left = new double[n][n];
    double[][] right = new double[n][n];
    for (int i = 0; i < n; i++) {
      for (int j = i; j < n; j++) {
        double sum = products.getOrDefault(order.get(i) + "\t" + order.get(j), 0.0);
        left[i][j] = sum;
        left[j][i] = sum;
      }
      left[i][i] += options.ridge();
      right[i][i] = 1;
    }
    for (int pivot = 0; pivot < n; pivot++) {
      double scale = 1 / left[pivot][pivot];
      for (int j = 0; j < n; j++) {
        left[pivot][j] *= scale;
        right[pivot][j] *= scale;
      }
      for (int row = 0; row < n; row++) {
        double factor = row == pivot ? 0 : left[row][pivot];
        for (int j = 0; factor != 0 && j < n; j++) {
          left[row][j] -= factor * left[pivot][j];
          right[row][j] -= factor * right[pivot][j];
        }
      }
    }
    return right;
  }

  /** What has been learned, for a checkpoint. */
  public Map<String, Double> carried() {
    Map<String, Double> numbers = new TreeMap<>();
    if (answers > 0) {
      numbers.put(SUMS + "answers", answers);
      products.forEach((name, sum) -> numbers.put(SUMS + "sum/" + name, sum));
    }
    return numbers;
  }

  /** Continues with the numbers of a checkpoint. */
  public void restore(Map<String, Double> numbers) {
    products.clear();
    answers = numbers.getOrDefault(SUMS + "answers", 0.0);
    String prefix = SUMS + "sum/";
    numbers.forEach(
        (name, sum) -> {
          if (name.startsWith(prefix)) {
            products.put(name.substring(prefix.length()), sum);
          }
        });
  }
}
