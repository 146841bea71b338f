package dev.kelpie.algorithms.conformance;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Runs conformance cases. The error of one number is {@code |got - expected| / max(1, |expected|)};
 * that of a case the largest over everything it expects; a missing name, another shape or a NaN is
 * an infinite error, and so is a kind, type or option that is not known.
 */
public final class ConformanceSuite {
  private final Map<String, ConformanceKind> kinds;

  private ConformanceSuite(Map<String, ConformanceKind> kinds) {
    this.kinds = kinds;
  }

  /** The kinds of this module. */
  public static ConformanceSuite ofAlgorithms() {
    return new ConformanceSuite(Map.of())
        .with("policy-loss", new PolicyLossCases())
        .with("value-loss", new ValueLossCases())
        .with("advantage", new AdvantageCases())
        .with("kl", new KlCases())
        .with("kl-controller", new KlControllerCases())
        .with("whiten", new WhitenCases())
        .with("off-policy-weights", new OffPolicyCases())
        .with("reward-shaping", new RewardShapingCases())
        .with("metric", new MetricCases())
        .with("preference-loss", new PreferenceLossCases())
        .with("reward-model-loss", new RewardModelLossCases());
  }

  /** With one more kind, such as another module's. */
  public ConformanceSuite with(String name, ConformanceKind kind) {
    Map<String, ConformanceKind> more = new LinkedHashMap<>(kinds);
    more.put(name, kind);
    return new ConformanceSuite(more);
  }

  /** Whether the suite knows the case's kind and type. */
  public boolean supports(ConformanceCase conformanceCase) {
    ConformanceKind kind = kinds.get(conformanceCase.kind());
    return kind != null && kind.types().contains(conformanceCase.type());
  }

  /** All cases below {@code folder}, in order of their paths. */
  public static List<ConformanceCase> read(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      return files
          .filter(file -> file.getFileName().toString().endsWith(".json"))
          .sorted()
          .map(ConformanceCase::read)
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Computes and compares one case. */
  public ConformanceResult run(ConformanceCase conformanceCase) {
    ConformanceKind kind = kinds.get(conformanceCase.kind());
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
      if (!(error <= conformanceCase.tolerance())) {
        remarks.add(field.getKey());
      }
      worst = Math.max(worst, error);
    }
    return new ConformanceResult(conformanceCase, worst, String.join(", ", remarks));
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
