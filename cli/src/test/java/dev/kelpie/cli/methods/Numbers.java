package dev.kelpie.cli.methods;

import dev.kelpie.experience.TrainedPair;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Formulas that several assertions share. */
final class Numbers {
  private Numbers() {}

  /** What a map has under a key that it must have. */
  static <T> T known(@Nullable T found) {
    return Objects.requireNonNull(found);
  }

  /** Log-sigmoid. */
  static double ls(double x) {
    return x < 0 ? x - Math.log1p(Math.exp(x)) : -Math.log1p(Math.exp(-x));
  }

  static double sigmoid(double x) {
    return 1 / (1 + Math.exp(-x));
  }

  static double sum(double[] numbers) {
    return Arrays.stream(numbers).sum();
  }

  static double mean(double[] numbers) {
    return Arrays.stream(numbers).average().orElseThrow();
  }

  /** Chosen minus rejected log-ratio of policy to reference. */
  static double h(TrainedPair pair) {
    return pair.chosen().logRatio() - pair.rejected().logRatio();
  }
}
