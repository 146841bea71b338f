package dev.kelpie.tensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
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
  void changesATensorInPlace() {
    try (InferenceScope scope = InferenceScope.open()) {
      NDArray x = scope.floats(new float[] {1, 2}, 2);
      NDArray rate = x.mul(0.5); // [2]
      assertThat(script.run(scope, "update", List.of(x, rate), 0.5)).isEmpty();
      assertThat(x.toFloatArray()).containsExactly(0.5f, 1f);
      assertThat(rate.toFloatArray()).containsExactly(0.25f, 0.5f);
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
          .hasMessageStartingWith("sums.py:21: ");
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
      script.run(owner, "weighted", List.of(x), x, 1, 1.0, false);
      try (TrainingScope scope = TrainingScope.open()) {
        NDArray leaf = scope.leaf(x);
        scope.gradients(Scalars.mul(leaf.mul(leaf).sum(), 2), List.of(leaf));
      }
    }
  }
}
