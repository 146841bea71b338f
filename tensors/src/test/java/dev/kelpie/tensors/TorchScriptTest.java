package dev.kelpie.tensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class TorchScriptTest {
  private static final String MAIN =
      """
      class Sums(Module):
        __parameters__ = []
        __buffers__ = []
        training : bool
        def weighted(self, xs: List[Tensor], w: Tensor, times: int, scale: float, negate: bool) -> Tensor:
          total = torch.zeros_like(w)
          for i in range(times):
            for x in xs:
              total = torch.add(total, torch.mul(x, w))
          total = torch.mul(total, scale)
          if negate:
            total = torch.neg(total)
          return __torch__.more.shifted(total, 1.)
        def learned(self, xs: List[Tensor], w: Tensor, times: Tensor) -> Tensor:
          y = torch.sum(torch.mul(xs[0], w))
          return torch.mul(y, int(times))
        def update(self, xs: List[Tensor], rate: float) -> None:
          for x in xs:
            torch.sub_(x, torch.mul(x, rate))
        def several(self, x: Tensor) -> Tuple[Tensor, List[Tensor]]:
          return (x, [torch.neg(x), torch.add(x, 1)])
        def fail(self, x: Tensor) -> Tensor:
          y = torch.add(x, 1)
          return torch.matmul(y, torch.zeros([7, 7]))
      """;
  private static final String MORE =
      """
      def shifted(x: Tensor, by: float) -> Tensor:
        return torch.add(x, by)
      """;

  private static TorchScript script;

  @BeforeAll
  static void loadScript() {
    script =
        TorchScript.load(
            "Sums", List.of(new ScriptSource("sums", MAIN), new ScriptSource("more", MORE)));
  }

  @AfterAll
  static void closeScript() {
    script.close();
  }

  @Test
  void callsAMethodWithEveryKindOfArgument() {
    try (InferenceScope scope = InferenceScope.open()) {
      NDArray x = scope.floats(new float[] {1, 2}, 2); // [2]
      NDArray w = scope.floats(new float[] {3, 4}, 2); // [2]
      NDList result = script.run(scope, "weighted", List.of(x, w), w, 2, 0.5, true);
      // 2 * (1*3 + 3*3) * 0.5 = 12, negated, plus 1; 2 * (2*4 + 4*4) * 0.5 = 24
      assertThat(result.get(0).toFloatArray()).containsExactly(-11f, -23f);
      assertThat(result.get(0).getManager()).isSameAs(scope.manager());
    }
  }

  @Test
  void flattensTuplesAndLists() {
    try (InferenceScope scope = InferenceScope.open()) {
      NDList result = script.run(scope, "several", scope.floats(new float[] {2}, 1));
      assertThat(result).extracting(x -> x.getFloat(0)).containsExactly(2f, -2f, 3f);
    }
  }

  @Test
  void recordsGradientsOfListedAndSingleTensors() {
    try (InferenceScope owner = InferenceScope.open()) {
      NDArray parameter = owner.floats(new float[] {1, 2}, 2);
      parameter.setName("model.weight");
      parameter.setRequiresGradient(true);
      owner.cap();
      try (TrainingScope scope = TrainingScope.borrow(new NDList(parameter))) {
        NDArray w = scope.leaf(scope.floats(new float[] {5, 7}, 2));
        NDArray loss = script.forward(scope, "learned", List.of(parameter), w, 3).get(0);
        NDList gradients = scope.gradients(loss, List.of(parameter, w));
        assertThat(loss.getFloat()).isEqualTo(57f); // 3 * (1*5 + 2*7)
        assertThat(gradients.get(0).toFloatArray()).containsExactly(15f, 21f);
        assertThat(gradients.get(1).toFloatArray()).containsExactly(3f, 6f);
        script.run(scope, "update", List.of(parameter), 0.5);
      }
      assertThat(parameter.toFloatArray()).containsExactly(0.5f, 1f);
      assertThat(parameter.getName()).isEqualTo("model.weight");
      assertThat(parameter.getManager()).isSameAs(owner.manager());
    }
  }

  @Test
  void namesFileAndLineOfAScriptThatDoesNotCompile() {
    String broken = MORE.replace("torch.add", "torch.no_such_operator");
    assertThatThrownBy(
            () ->
                TorchScript.load(
                    "Sums",
                    List.of(new ScriptSource("sums", MAIN), new ScriptSource("more", broken))))
        .isInstanceOf(ScriptException.class)
        .hasMessageContaining("more.py:2: ")
        .hasMessageContaining("no_such_operator");
  }

  @Test
  void namesFileAndLineOfACallThatFails() {
    try (InferenceScope scope = InferenceScope.open()) {
      NDArray x = scope.floats(new float[] {1, 2}, 2);
      assertThatThrownBy(() -> script.run(scope, "fail", x))
          .isInstanceOf(ScriptException.class)
          .hasMessageStartingWith("sums.py:24: ");
    }
  }

  @Test
  void leavesNumberOfLiveArraysUnchangedOverThreeRounds() {
    round(script);
    int before = NativeMemory.liveArrays();
    for (int i = 0; i < 3; i++) {
      round(script);
    }
    assertThat(NativeMemory.liveArrays()).isEqualTo(before);
  }

  private static void round(TorchScript script) {
    try (InferenceScope owner = InferenceScope.open()) {
      NDArray x = owner.floats(new float[] {1, 2}, 2);
      x.setRequiresGradient(true);
      script.run(owner, "weighted", List.of(x), x, 1, 1.0, false);
      try (TrainingScope scope = TrainingScope.borrow(new NDList(x))) {
        scope.gradients(script.forward(scope, "learned", List.of(x), x, 2).get(0), List.of(x));
      }
    }
  }

  @Test
  void wrapsADirectBufferWithoutCopy() {
    ByteBuffer bytes = ByteBuffer.allocateDirect(8).order(ByteOrder.nativeOrder());
    try (InferenceScope scope = InferenceScope.open()) {
      NDArray x = scope.wrap(bytes, DataType.FLOAT32, 2);
      bytes.putFloat(0, 3f).putFloat(4, 4f);
      assertThat(x.sum().getFloat()).isEqualTo(7f, within(0f));
      assertThatThrownBy(() -> scope.wrap(bytes, DataType.FLOAT32, 3))
          .hasMessageContaining("8 bytes (expected: a direct buffer of 12 bytes");
    }
  }
}
