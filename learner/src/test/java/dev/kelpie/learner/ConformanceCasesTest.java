package dev.kelpie.learner;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.kelpie.config.ConfigBlock;
import dev.kelpie.config.LearnerOptions;
import dev.kelpie.config.Require;
import dev.kelpie.learner.optimizer.AdamW;
import dev.kelpie.learner.optimizer.GradientClip;
import dev.kelpie.learner.optimizer.LearningRate;
import dev.kelpie.learner.optimizer.OptimizerScript;
import dev.kelpie.tensors.InferenceScope;
import dev.kelpie.tensors.NativeThread;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Compares learning-rate schedules and optimiser steps with numbers that other frameworks computed.
 * The cases are packed in the test resources of the module algorithms; {@code
 * -Dkelpie.conformance=DIR} takes those of another folder instead.
 */
class ConformanceCasesTest {
  private static final Path PACKED =
      Path.of("../algorithms/src/test/resources/dev/kelpie/algorithms/conformance.zip");

  /** How many of the packed cases pass: all but those of the list below. */
  private static final int PACKED_PASSES = 10;

  /** Types that nothing computes yet. */
  private static final Set<String> NOT_BUILT = Set.of("adam", "sgd", "cosine-restarts");

  private static final ObjectMapper JSON = new ObjectMapper();

  /** Options of a schedule; half a cosine is half a cycle. */
  record Schedule(
      double learningRate, int warmupSteps, int totalSteps, double minRatio, double cycles) {
    static final Schedule DEFAULTS = new Schedule(1e-6, 0, 100, 0, 0.5);

    Schedule {
      Require.that(cycles == 0.5, "cycles: %s (expected: 0.5)", cycles);
    }
  }

  /** Options of an optimiser step. */
  record Step(
      double learningRate,
      double beta1,
      double beta2,
      double epsilon,
      double weightDecay,
      double maxGradNorm) {
    static final Step DEFAULTS = new Step(1e-6, 0.9, 0.999, 1e-8, 0, 0);
  }

  @Test
  void everyCaseIsMetButThoseListed() throws IOException {
    String other = System.getProperty("kelpie.conformance", "");
    if (!other.isEmpty()) {
      Path started = Path.of(System.getProperty("kelpie.started.in", ""));
      run(read(started.resolve(other)));
      return;
    }
    try (FileSystem packed = FileSystems.newFileSystem(PACKED)) {
      List<JsonNode> cases = read(packed.getPath("/"));
      assertThat(run(cases)).isEqualTo(PACKED_PASSES);
      assertThat(cases.stream().map(example -> example.get("type").textValue()))
          .as("listed, but without a case")
          .containsAll(NOT_BUILT);
    }
  }

  /** Returns how many cases pass. */
  private static int run(List<JsonNode> cases) {
    int passed = 0;
    List<String> failures = new ArrayList<>();
    NativeThread thread = NativeThread.start("conformance-test", 1);
    try {
      for (JsonNode example : cases) {
        String failure = thread.call(() -> failure(example));
        boolean listed = NOT_BUILT.contains(example.get("type").textValue());
        if (failure.isEmpty() == listed) {
          failures.add(example.get("id").textValue() + " " + (listed ? "passes" : failure));
        }
        passed += failure.isEmpty() ? 1 : 0;
      }
    } finally {
      thread.close();
    }
    failures.forEach(System.out::println);
    System.out.println(passed + " passed, " + failures.size() + " failed");
    assertThat(passed).as("cases that pass").isPositive();
    assertThat(failures).isEmpty();
    return passed;
  }

  /** What is wrong with what is computed for {@code example}, "" if nothing is. */
  private static String failure(JsonNode example) {
    String id = example.get("id").textValue();
    ConfigBlock options =
        ConfigBlock.of(id, JSON.convertValue(example.get("options"), new TypeReference<>() {}));
    try {
      return switch (example.get("type").textValue()) {
        case "constant", "linear", "cosine" ->
            schedule(example, example.get("type").textValue(), options.bind(Schedule.DEFAULTS));
        case "cosine-min-lr" -> schedule(example, "cosine", options.bind(Schedule.DEFAULTS));
        case "adamw" -> adamW(example, options.bind(Step.DEFAULTS));
        default -> "unknown type " + example.get("type");
      };
    } catch (RuntimeException e) {
      return String.valueOf(e.getMessage());
    }
  }

  private static String schedule(JsonNode example, String name, Schedule options) {
    LearnerOptions learner =
        new LearnerOptions(
            1,
            1,
            name,
            options.warmupSteps,
            0,
            options.minRatio,
            0,
            0,
            1,
            0,
            0,
            1,
            1,
            0,
            LearnerOptions.Precision.FP32);
    LearningRate rate = new LearningRate(learner, options.learningRate, options.totalSteps);
    double[] steps = flat(example.get("inputs").get("steps"));
    double[] rates = DoubleStream.of(steps).map(step -> rate.at((long) step)).toArray();
    return differs(
        example, "learning-rates", flat(example.get("expected").get("learning-rates")), rates);
  }

  private static String adamW(JsonNode example, Step o) {
    AdamW.Options options = new AdamW.Options(o.beta1, o.beta2, o.epsilon, o.weightDecay);
    GradientClip clip = new GradientClip(o.maxGradNorm);
    JsonNode gradients = example.get("inputs").get("gradients");
    double[] norms = new double[gradients.size()];
    DoubleStream got = DoubleStream.empty();
    try (OptimizerScript script = OptimizerScript.load();
        InferenceScope scope = InferenceScope.open()) {
      NDArray parameters = scope.manager().create(flat(example.get("inputs").get("parameters")));
      NDArray mean = parameters.zerosLike(); // [n]
      NDArray square = parameters.zerosLike(); // [n]
      for (int step = 1; step <= norms.length; step++) {
        NDArray gradient = scope.manager().create(flat(gradients.get(step - 1))); // [n]
        double norm = script.norm(gradient);
        norms[step - 1] = norm;
        script.adamW(
            parameters, gradient, mean, square, step, clip.factor(norm), o.learningRate, options);
        got = DoubleStream.concat(got, DoubleStream.of(parameters.toDoubleArray()));
      }
    }
    JsonNode expected = example.get("expected");
    return differs(example, "parameters", flat(expected.get("parameters")), got.toArray())
        + (expected.has("grad-norms")
            ? differs(example, "grad-norms", flat(expected.get("grad-norms")), norms)
            : "");
  }

  private static String differs(JsonNode example, String name, double[] expected, double[] got) {
    double worst = expected.length == got.length ? 0 : Double.POSITIVE_INFINITY;
    for (int i = 0; i < Math.min(got.length, expected.length); i++) {
      double error = Math.abs(got[i] - expected[i]) / Math.max(1, Math.abs(expected[i]));
      worst = Double.isNaN(error) ? Double.POSITIVE_INFINITY : Math.max(worst, error);
    }
    return worst <= example.get("tolerance").doubleValue() ? "" : name + ": error " + worst + " ";
  }

  private static double[] flat(JsonNode numbers) {
    if (numbers.isNumber()) {
      return new double[] {numbers.doubleValue()};
    }
    DoubleStream all = DoubleStream.empty();
    for (JsonNode part : numbers) {
      all = DoubleStream.concat(all, DoubleStream.of(flat(part)));
    }
    return all.toArray();
  }

  /** The cases of the learner's kinds. */
  private static List<JsonNode> read(Path folder) throws IOException {
    List<JsonNode> cases = new ArrayList<>();
    for (String kind : List.of("gradient-step", "schedule")) {
      if (!Files.isDirectory(folder.resolve(kind))) {
        continue;
      }
      try (Stream<Path> files = Files.list(folder.resolve(kind))) {
        for (Path file : files.sorted().toList()) {
          cases.add(JSON.readTree(Files.readAllBytes(file)));
        }
      }
    }
    return cases;
  }
}
