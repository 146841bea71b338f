package dev.kelpie.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import dev.kelpie.config.RolloutOptions.Precision;
import dev.kelpie.tensors.InferenceScope;
import org.junit.jupiter.api.Test;

class MixtureTest {
  @Test
  void logitsAreMixedBeforeTheyAreNormalised() {
    // 0.25 (2 0 1) + 0.75 (0 2 1) = (0.5 1.5 1): the best is the second, its log-probability
    // 1.5 - ln(e^0.5 + e^1.5 + e^1) = 1.5 - 2.18027 = -0.68027 (torch 2.7.1, log_softmax)
    try (Kernels kernels = Kernels.load(Precision.FP32);
        InferenceScope scope = InferenceScope.open()) {
      NDArray reference = scope.floats(new float[] {2, 0, 1}, 1, 3); // [B, V]
      NDArray policy = scope.floats(new float[] {0, 2, 1}, 1, 3); // [B, V]
      NDArray nothing = scope.longs(new long[0], 0);
      NDList drawn =
          kernels
              .script()
              .run(
                  scope,
                  "mixed",
                  reference,
                  policy,
                  0.25,
                  scope.floats(new float[] {0.5f}, 1),
                  nothing,
                  true,
                  0,
                  1.0,
                  0.0);
      assertThat(drawn.get(0).toLongArray()).containsExactly(1);
      assertThat(drawn.get(1).toFloatArray()[0]).isCloseTo(-0.68027f, within(1e-5f));
    }
  }
}
