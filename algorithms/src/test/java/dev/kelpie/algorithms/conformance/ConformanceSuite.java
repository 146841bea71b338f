package dev.kelpie.algorithms.conformance;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Runs conformance cases. The error of one number is {@code |got - expected| / max(1, |expected|)};
 * that of a case the largest over everything it expects; a missing name, another shape or a NaN is
 * an infinite error, and so is a kind, type or option that is not known.
 */
final class ConformanceSuite {
  private static final Map<String, ConformanceKind> KINDS =
      Map.ofEntries(
          Map.entry("policy-loss", new PolicyLossCases()),
          Map.entry("value-loss", new ValueLossCases()),
          Map.entry("advantage", new AdvantageCases()),
          Map.entry("kl", new KlCases()),
          Map.entry("kl-controller", new KlControllerCases()),
          Map.entry("whiten", new WhitenCases()),
          Map.entry("off-policy-weights", new OffPolicyCases()),
          Map.entry("reward-shaping", new RewardShapingCases()),
          Map.entry("metric", new MetricCases()),
          Map.entry("preference-loss", new PreferenceLossCases()),
          Map.entry("reward-model-loss", new RewardModelLossCases()));

  private ConformanceSuite() {}

  /** All cases below {@code folder}, in order of their paths. */
  static List<ConformanceCase> read(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      return files
          .filter(file -> file.toString().endsWith(".json"))
          .sorted()
          .map(ConformanceCase::read)
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Computes and compares one case. */
  static ConformanceResult run(ConformanceCase conformanceCase) {
    ConformanceKind kind = KINDS.get(conformanceCase.kind());
    if (kind == null || !kind.types().contains(conformanceCase.type())) {
      return failed(conformanceCase, "unknown kind or type");
    }
    try {
      return compare(conformanceCase, kind.compute(conformanceCase));
    } catch (RuntimeException e) {
      return failed(conformanceCase, String.valueOf(e.getMessage()));
    }
  }

  private static ConformanceResult failed(ConformanceCase conformanceCase, String remark) {
    return new ConformanceResult(conformanceCase, Double.POSITIVE_INFINITY, remark);
  }

  private static ConformanceResult compare(
      ConformanceCase conformanceCase, Map<String, Object> got) {
    double worst = 0;
    List<String> remarks = new ArrayList<>();
    for (Map.Entry<String, JsonNode> field : conformanceCase.expected().properties()) {
      double error = error(field.getValue(), got.get(field.getKey()));
      if (!(error <= tolerance(conformanceCase, field.getKey(), field.getValue()))) {
        remarks.add(field.getKey());
      }
      worst = Math.max(worst, error);
    }
    return new ConformanceResult(conformanceCase, worst, String.join(", ", remarks));
  }

  /**
   * The tolerance of one name of a case: the case's, but 1e-5 for two roundings of the peer that
   * are no part of the definition. A share that is a number of single precision was taken in it:
   * others take the same share in double. A constant that is whitened is 0 but for the 1e-8 in the
   * denominator of the peer's mean, which is then divided by the root of epsilon.
   */
  private static double tolerance(ConformanceCase conformanceCase, String name, JsonNode expected) {
    boolean share =
        name.startsWith("clip-frac")
            && expected.isNumber()
            && (float) expected.doubleValue() == expected.doubleValue();
    boolean constant =
        conformanceCase.kind().equals("whiten")
            && isConstant(conformanceCase.matrix("x"), conformanceCase.matrix("mask"));
    return share || constant
        ? Math.max(conformanceCase.tolerance(), 1e-5)
        : conformanceCase.tolerance();
  }

  private static boolean isConstant(double[][] x, double[][] mask) {
    return IntStream.range(0, x.length)
            .boxed()
            .flatMapToDouble(
                row ->
                    IntStream.range(0, x[row].length)
                        .filter(t -> mask[row][t] != 0)
                        .mapToDouble(t -> x[row][t]))
            .distinct()
            .count()
        == 1;
  }

  /** The largest error over a number or nested lists of them. */
  static double error(JsonNode expected, @Nullable Object got) {
    if (expected.isArray()) {
      List<Object> elements = elements(got);
      if (elements.size() != expected.size()) {
        return Double.POSITIVE_INFINITY;
      }
      double worst = 0;
      for (int i = 0; i < elements.size(); i++) {
        worst = Math.max(worst, error(expected.get(i), elements.get(i)));
      }
      return worst;
    }
    if (!(got instanceof Double number) || number.isNaN()) {
      return Double.POSITIVE_INFINITY;
    }
    if (expected.isNull()) {
      return number == Double.NEGATIVE_INFINITY ? 0 : Double.POSITIVE_INFINITY;
    }
    double wanted =
        expected.isBoolean() ? (expected.booleanValue() ? 1 : 0) : expected.doubleValue();
    return Math.abs(number - wanted) / Math.max(1, Math.abs(wanted));
  }

  private static List<Object> elements(@Nullable Object got) {
    List<Object> elements = new ArrayList<>();
    if (got instanceof double[] numbers) {
      for (double number : numbers) {
        elements.add(number);
      }
    } else if (got instanceof Object[] rows) {
      elements.addAll(List.of(rows));
    } else if (got instanceof List<?> list) {
      elements.addAll(list);
    }
    return elements;
  }
}
