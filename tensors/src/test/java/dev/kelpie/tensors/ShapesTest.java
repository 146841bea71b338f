package dev.kelpie.tensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import org.junit.jupiter.api.Test;

class ShapesTest {
  @Test
  void takesTheExpectedShapeAndNamesTheTensorThatDiffers() {
    try (InferenceScope scope = InferenceScope.open()) {
      NDArray x = scope.floats(new float[6], 2, 3);
      assertThat(Shapes.require(x, "x", 2, Shapes.ANY)).isSameAs(x);
      assertThatThrownBy(() -> Shapes.require(x, "logits", 2, 4))
          .hasMessage("logits: shape (2, 3) (expected: (2, 4))");
    }
  }
}
