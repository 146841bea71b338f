package dev.kelpie.runs.doctor;

import java.util.List;
import java.util.function.DoublePredicate;

/** Numbers of a metric at some steps that follow each other, oldest first. */
record Window(List<Series.Point> points) {
  Window {
    points = List.copyOf(points);
  }

  int size() {
    return points.size();
  }

  long from() {
    return points.get(0).step();
  }

  long to() {
    return points.get(points.size() - 1).step();
  }

  double last() {
    return points.get(points.size() - 1).value();
  }

  double mean() {
    return points.stream().mapToDouble(Series.Point::value).average().orElse(Double.NaN);
  }

  /** The middle number, or the lower one of two. */
  double median() {
    return points.stream()
        .mapToDouble(Series.Point::value)
        .sorted()
        .skip((points.size() - 1) / 2)
        .findFirst()
        .orElse(Double.NaN);
  }

  double sum() {
    return points.stream().mapToDouble(Series.Point::value).sum();
  }

  double most() {
    return points.stream().mapToDouble(Series.Point::value).max().orElse(Double.NaN);
  }

  double least() {
    return points.stream().mapToDouble(Series.Point::value).min().orElse(Double.NaN);
  }

  /** Standard error of the mean, by how far the numbers are from each other. */
  double error() {
    int n = points.size();
    double mean = mean();
    double squares =
        points.stream().mapToDouble(Series.Point::value).map(x -> (x - mean) * (x - mean)).sum();
    return n < 2 ? Double.NaN : Math.sqrt(squares / (n - 1) / n);
  }

  long count(DoublePredicate which) {
    return points.stream().mapToDouble(Series.Point::value).filter(which).count();
  }

  boolean all(DoublePredicate which) {
    return count(which) == points.size();
  }

  /** {@code step 7}, or {@code steps 3 to 7}. */
  String steps() {
    return from() == to() ? "step " + from() : "steps " + from() + " to " + to();
  }
}
