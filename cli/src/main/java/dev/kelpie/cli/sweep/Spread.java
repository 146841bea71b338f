package dev.kelpie.cli.sweep;

import java.util.Collection;
import java.util.List;

/**
 * Mean and standard deviation of numbers over seeds.
 *
 * @param count how many numbers
 * @param mean NaN without numbers
 * @param deviation of a sample, with n - 1 in its denominator; NaN for fewer than two numbers
 */
record Spread(int count, double mean, double deviation) {
  /** Numbers that do not exist are left out. */
  static Spread of(Collection<Double> numbers) {
    List<Double> known = numbers.stream().filter(Double::isFinite).toList();
    double mean = known.stream().mapToDouble(x -> x).average().orElse(Double.NaN);
    double squares = known.stream().mapToDouble(x -> (x - mean) * (x - mean)).sum();
    int count = known.size();
    return new Spread(count, mean, count < 2 ? Double.NaN : Math.sqrt(squares / (count - 1)));
  }
}
