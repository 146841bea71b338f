package dev.kelpie.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.kelpie.config.LearnerOptions.Precision;
import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.tensors.InferenceScope;
import dev.kelpie.tensors.NativeThread;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Products of projections in bfloat16, beside transformers' models with the same roundings, beside
 * torch's autocast (both of {@code scripts/parity/bf16.py}) and beside float32.
 */
class HalfProductsTest {
  private static final Path FILE = Path.of("src/test/resources/parity/bf16.json");
  private static final NativeThread THREAD = NativeThread.start("model-test", 1);

  /** Log-probabilities [B, T - 1], 0 beyond the end of a row, and gradients by name. */
  private static final class Pass {
    final float[] logprobs;
    final Map<String, float[]> gradients;

    Pass(float[] logprobs, Map<String, float[]> gradients) {
      this.logprobs = logprobs;
      this.gradients = gradients;
    }

    float[] gradient(String parameter) {
      return Objects.requireNonNull(gradients.get(parameter), parameter);
    }
  }

  @AfterAll
  static void stop() {
    THREAD.close();
  }

  static List<String> models() {
    return ParityFixtures.models().stream()
        .filter(name -> !name.equals("qwen3-moe"))
        .filter(name -> !List.of("llama-reward", "qwen2-prm").contains(name))
        .toList();
  }

  @ParameterizedTest
  @ValueSource(strings = {"smollm2", "qwen2", "gpt2"})
  void roundsWhatTheReferenceRounds(String name) throws Exception {
    Pass ours = run(name, Precision.BF16);
    Pass full = run(name, Precision.FP32);
    JsonNode json = new ObjectMapper().readTree(FILE.toFile()).get("models").get(name);
    Pass reference = pass(json.get("products"), full);
    Pass autocast = pass(json.get("autocast"), full);

    double rounding = largest(reference.logprobs, full.logprobs);
    assertThat(rounding).isGreaterThan(0.05); // so that what follows says something
    assertThat(largest(ours.logprobs, reference.logprobs)).isLessThan(rounding / 5);
    assertThat(largest(ours.logprobs, full.logprobs))
        .isLessThan(largest(autocast.logprobs, full.logprobs));
    assertThat(reference.gradients).hasSizeGreaterThan(5);
    reference.gradients.forEach(
        (parameter, expected) -> {
          float[] own = ours.gradient(parameter);
          double error = relative(expected, full.gradient(parameter));
          assertThat(relative(own, expected)).as(parameter).isLessThan(error / 3);
        });
  }

  @ParameterizedTest
  @MethodSource("models")
  void gradientsAreFloat32sBut(String name) throws Exception {
    Pass ours = run(name, Precision.BF16);
    Pass full = run(name, Precision.FP32);
    assertThat(largest(ours.logprobs, full.logprobs)).isBetween(1e-4, 0.25);
    assertThat(ours.gradients.keySet()).isEqualTo(full.gradients.keySet());
    full.gradients.forEach(
        (parameter, expected) ->
            assertThat(relative(ours.gradient(parameter), expected))
                .as(parameter)
                .isBetween(1e-5, 0.1));
  }

  @Test
  void passesRepeatBitForBit() throws Exception {
    Pass first = run("qwen2", Precision.BF16);
    Pass second = run("qwen2", Precision.BF16);
    assertThat(second.logprobs).isEqualTo(first.logprobs);
    first.gradients.forEach(
        (parameter, bits) -> assertThat(second.gradients.get(parameter)).isEqualTo(bits));
  }

  @Test
  void autoIsFloat32() throws Exception {
    assertThat(run("qwen2", Precision.AUTO).logprobs)
        .isEqualTo(run("qwen2", Precision.FP32).logprobs);
  }

  @Test
  void copiesFollowTheWeights() throws Exception {
    Path folder = ParityFixtures.folder("qwen2");
    on(
        () -> {
          try (ReferenceArrays arrays = ReferenceArrays.open(folder);
              CausalLm moved = ParityFixtures.model(folder);
              CausalLm other =
                  CausalLm.random(moved.config(), ParameterLayout.Heads.VOCABULARY, 5)) {
            moved.multiplyIn(Precision.BF16);
            other.multiplyIn(Precision.BF16);
            float[] before = logprobs(moved, arrays);
            moved.parameters().load(other.snapshot("other", new PolicyVersion(0)));
            assertThat(logprobs(moved, arrays))
                .isEqualTo(logprobs(other, arrays))
                .isNotEqualTo(before);
            other.parameters().flat().addi(moved.parameters().flat());
            assertThat(logprobs(other, arrays)).isNotEqualTo(logprobs(moved, arrays));
          }
          return true;
        });
  }

  @Test
  void parametersStayFloat32() throws Exception {
    Path folder = ParityFixtures.folder("qwen2");
    on(
        () -> {
          try (CausalLm model = ParityFixtures.model(folder);
              CausalLm full = ParityFixtures.model(folder)) {
            model.multiplyIn(Precision.BF16);
            for (String name : full.parameters().layout().shapes().keySet()) {
              assertThat(model.parameters().values(name)).isEqualTo(full.parameters().values(name));
            }
            assertThat(model.computation()).isEqualTo(full.computation() + " bf16");
          }
          return true;
        });
  }

  @Test
  void refusesExperts() throws Exception {
    Path folder = ParityFixtures.folder("qwen3-moe");
    on(
        () -> {
          try (CausalLm model = ParityFixtures.model(folder)) {
            assertThatThrownBy(() -> model.multiplyIn(Precision.BF16))
                .hasMessage(
                    "learner.precision: bf16 (expected: fp32, because Qwen3MoeForCausalLM has"
                        + " experts, which rounding chooses otherwise)");
          }
          return true;
        });
  }

  private static void on(Callable<Boolean> work) {
    THREAD.call(work);
  }

  private static float[] logprobs(CausalLm model, ReferenceArrays arrays) {
    try (InferenceScope scope = InferenceScope.open()) {
      return model.score(arrays.rightPadded(), 1, scope).logprobs().toFloatArray();
    }
  }

  private static Pass run(String name, Precision precision) {
    Path folder = ParityFixtures.folder(name);
    return THREAD.call(
        () -> {
          try (ReferenceArrays arrays = ReferenceArrays.open(folder);
              CausalLm model = ParityFixtures.model(folder);
              InferenceScope scope = InferenceScope.open()) {
            model.multiplyIn(precision);
            float[] mask = arrays.floats("right.target_mask");
            List<Long> shape = arrays.shape("right.target_mask");
            float[] weights = arrays.floats("grad.weights");
            for (int i = 0; i < mask.length; i++) {
              weights[i] *= mask[i];
            }
            Forward forward = model.forward(arrays.rightPadded(), 1, scope, 0);
            forward.backward(scope.floats(weights, shape.get(0), shape.get(1)));
            float[] logprobs = forward.logprobs().toFloatArray();
            for (int i = 0; i < mask.length; i++) {
              logprobs[i] *= mask[i];
            }
            Map<String, float[]> gradients = new TreeMap<>();
            Parameters found = model.gradients().orElseThrow();
            found
                .layout()
                .shapes()
                .keySet()
                .forEach(parameter -> gradients.put(parameter, found.values(parameter)));
            return new Pass(logprobs, gradients);
          }
        });
  }

  /** What the file has, masked as {@code like} is. */
  private static Pass pass(JsonNode json, Pass like) throws IOException {
    float[] logprobs = floats(json.get("logprobs"));
    for (int i = 0; i < logprobs.length; i++) {
      logprobs[i] = like.logprobs[i] == 0 ? 0 : logprobs[i];
    }
    Map<String, float[]> gradients = new TreeMap<>();
    json.get("gradients")
        .properties()
        .forEach(entry -> gradients.put(entry.getKey(), floats(entry.getValue())));
    return new Pass(logprobs, gradients);
  }

  private static float[] floats(JsonNode numbers) {
    float[] values = new float[numbers.size()];
    int[] next = {0};
    StreamSupport.stream(numbers.spliterator(), false)
        .forEach(number -> values[next[0]++] = (float) number.asDouble());
    return values;
  }

  private static double largest(float[] ours, float[] theirs) {
    double worst = 0;
    for (int i = 0; i < theirs.length; i++) {
      worst = Math.max(worst, Math.abs(ours[i] - theirs[i]));
    }
    return worst;
  }

  private static double relative(float[] ours, float[] theirs) {
    double difference = 0;
    double norm = 0;
    for (int i = 0; i < theirs.length; i++) {
      difference += Math.pow(ours[i] - theirs[i], 2);
      norm += Math.pow(theirs[i], 2);
    }
    return norm == 0 ? Math.sqrt(difference) : Math.sqrt(difference / norm);
  }
}
