package dev.kelpie.learner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.kelpie.tensors.InferenceScope;
import dev.kelpie.tensors.NativeThread;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The peers' numbers for learning-rate schedules and optimiser steps. */
class ConformanceCasesTest {
  /** Case type to the schedule that covers it. */
  private static final Map<String, String> SCHEDULES =
      Map.of(
          "constant",
          "constant",
          "linear",
          "linear",
          "cosine",
          "cosine",
          "cosine-min-lr",
          "cosine");

  @Test
  void schedulesEqualTransformers() throws IOException {
    int compared = 0;
    for (JsonNode example : cases("schedule")) {
      String schedule = SCHEDULES.get(example.get("type").asText());
      if (schedule == null) {
        continue;
      }
      JsonNode options = example.get("options");
      LearningRate rate =
          new LearningRate(
              schedule,
              options.get("learning-rate").asDouble(),
              options.path("warmup-steps").asInt(0),
              0,
              options.path("total-steps").asLong(100),
              options.path("min-ratio").asDouble(0));
      JsonNode steps = example.get("inputs").get("steps");
      for (int i = 0; i < steps.size(); i++) {
        double expected = example.get("expected").get("learning-rates").get(i).asDouble();
        assertThat(rate.at(steps.get(i).asLong()))
            .as("%s step %s", example.get("id").asText(), i)
            .isCloseTo(expected, within(1e-9));
        compared++;
      }
    }
    assertThat(compared).isPositive();
  }

  @Test
  void adamWInDoubleEqualsTorch() throws IOException {
    List<JsonNode> cases =
        cases("gradient-step").stream()
            .filter(c -> c.get("type").asText().equals("adamw"))
            .toList();
    assertThat(cases).isNotEmpty();
    NativeThread thread = NativeThread.start("conformance-test", 1);
    try {
      thread.call(
          () -> {
            cases.forEach(ConformanceCasesTest::compare);
            return true;
          });
    } finally {
      thread.close();
    }
  }

  private static void compare(JsonNode example) {
    JsonNode o = example.get("options");
    AdamW.Options options =
        new AdamW.Options(
            o.get("beta1").asDouble(),
            o.get("beta2").asDouble(),
            o.get("epsilon").asDouble(),
            o.get("weight-decay").asDouble());
    GradientClip clip = new GradientClip(o.path("max-grad-norm").asDouble(0));
    try (OptimizerScript script = OptimizerScript.load();
        InferenceScope scope = InferenceScope.open()) {
      NDArray parameters = scope.manager().create(flat(example.get("inputs").get("parameters")));
      NDArray mean = parameters.zerosLike(); // [n]
      NDArray square = parameters.zerosLike(); // [n]
      JsonNode gradients = example.get("inputs").get("gradients");
      for (int step = 1; step <= gradients.size(); step++) {
        NDArray gradient = scope.manager().create(flat(gradients.get(step - 1))); // [n]
        double norm = script.norm(gradient);
        JsonNode norms = example.get("expected").get("grad-norms");
        if (norms != null) {
          assertThat(norm).isCloseTo(norms.get(step - 1).asDouble(), within(1e-9));
        }
        double rate = o.get("learning-rate").asDouble();
        script.adamW(parameters, gradient, mean, square, step, clip.factor(norm), rate, options);
        double[] expected = flat(example.get("expected").get("parameters").get(step - 1));
        assertThat(parameters.toDoubleArray())
            .as("%s step %s", example.get("id").asText(), step)
            .containsExactly(expected, within(1e-9));
      }
    }
  }

  private static double[] flat(JsonNode numbers) {
    if (numbers.isNumber()) {
      return new double[] {numbers.asDouble()};
    }
    DoubleStream all = DoubleStream.empty();
    for (JsonNode part : numbers) {
      all = DoubleStream.concat(all, DoubleStream.of(flat(part)));
    }
    return all.toArray();
  }

  private static List<JsonNode> cases(String kind) throws IOException {
    ObjectMapper mapper = new ObjectMapper();
    try (Stream<Path> files = Files.list(SharedFixtures.conformance(kind))) {
      return files
          .sorted()
          .map(
              file -> {
                try {
                  return mapper.readTree(file.toFile());
                } catch (IOException e) {
                  throw new IllegalStateException(file.toString(), e);
                }
              })
          .toList();
    }
  }
}
