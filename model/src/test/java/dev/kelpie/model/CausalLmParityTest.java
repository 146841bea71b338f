package dev.kelpie.model;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import dev.kelpie.model.ParameterLayout.Heads;
import dev.kelpie.tensors.InferenceScope;
import dev.kelpie.tensors.NativeThread;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Against transformers: log-probabilities, entropies and gradients of every supported family. */
class CausalLmParityTest {
  private static final NativeThread THREAD = NativeThread.start("model-test", 1);

  @AfterAll
  static void stop() {
    THREAD.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "llama-gqa",
        "llama-tied-rope3",
        "llama-bias",
        "llama-bf16",
        "llama-sharded",
        "mistral-swa",
        "qwen2",
        "qwen3",
        "smollm2",
        "smollm3"
      })
  void logprobsEntropiesAndGradientsEqualTransformers(String name) {
    Path folder = SharedFixtures.model(name);
    THREAD.call(
        () -> {
          compare(folder);
          return true;
        });
  }

  private static void compare(Path folder) {
    try (ReferenceArrays expected = ReferenceArrays.open(folder);
        CausalLm model = CausalLm.open(folder, Heads.VOCABULARY)) {
      float[] mask = expected.floats("right.target_mask");
      float[] weights = product(expected.floats("grad.weights"), mask);
      try (InferenceScope scope = InferenceScope.open()) {
        Forward forward = model.forward(expected.rightPadded(), 1, scope);
        assertNear(forward.logprobs(), expected.floats("right.logprobs_t1.0"), mask);
        assertNear(forward.entropy(), expected.floats("right.entropy_t1.0"), mask);
        forward.backward(scope.floats(weights, 4, 19));
      }
      assertGradients(model, expected, "grad.model.", List.of("grad.lm_head.weight"));
      model.clearGradients();
      try (InferenceScope scope = InferenceScope.open()) {
        Forward forward = model.forward(expected.rightPadded(), 0.7, scope);
        assertNear(forward.logprobs(), expected.floats("right.logprobs_t0.7"), mask);
        assertNear(forward.entropy(), expected.floats("right.entropy_t0.7"), mask);
        float[] entropyWeights = product(expected.floats("grad.entropy_weights"), mask);
        NDArray zeros = scope.floats(new float[4 * 19], 4, 19);
        forward.backward(scope.floats(weights, 4, 19), scope.floats(entropyWeights, 4, 19), zeros);
      }
      assertGradients(model, expected, "grad_with_entropy.model.", List.of());
    }
  }

  private static void assertGradients(
      CausalLm model, ReferenceArrays expected, String prefix, List<String> more) {
    String start = prefix.substring(0, prefix.indexOf("model."));
    int compared = 0;
    for (String name : expected.names(start)) {
      if (!name.startsWith(prefix) && !more.contains(name)) {
        continue;
      }
      String parameter = name.substring(start.length());
      float[] ours = model.gradients().orElseThrow().values(parameter);
      assertThat(relative(ours, expected.floats(name))).as(name).isLessThan(1e-4);
      compared++;
    }
    assertThat(compared).isPositive();
  }

  private static void assertNear(NDArray ours, float[] theirs, float[] mask) {
    float[] numbers = ours.toFloatArray();
    double worst = 0;
    for (int i = 0; i < theirs.length; i++) {
      worst = Math.max(worst, mask[i] * Math.abs(numbers[i] - theirs[i]));
    }
    assertThat(worst).isLessThan(1e-5);
  }

  private static double relative(float[] ours, float[] theirs) {
    double difference = 0;
    double norm = 0;
    for (int i = 0; i < theirs.length; i++) {
      difference += Math.pow(ours[i] - theirs[i], 2);
      norm += Math.pow(theirs[i], 2);
    }
    return Math.sqrt(difference / norm);
  }

  private static float[] product(float[] a, float[] b) {
    float[] product = new float[a.length];
    for (int i = 0; i < a.length; i++) {
      product[i] = a[i] * b[i];
    }
    return product;
  }
}
