package dev.kelpie.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.model.ParameterLayout.Heads;
import dev.kelpie.model.SequenceBatch.Row;
import dev.kelpie.model.adapter.AdapterConfig;
import dev.kelpie.model.adapter.AdapterTargets;
import dev.kelpie.tensors.InferenceScope;
import dev.kelpie.tensors.NativeThread;
import dev.kelpie.tensors.ScriptSource;
import dev.kelpie.tensors.TorchScript;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The dropout of an adapter's inputs. */
class AdapterDropoutTest {
  private static final SequenceBatch BATCH =
      new SequenceBatch(
          List.of(TokenIds.of(5, 9, 2, 7, 11), TokenIds.of(3, 1)),
          List.of(
              new Row(0, TokenIds.of(4, 4, 8, 1)),
              new Row(0, TokenIds.of(2, 6)),
              new Row(1, TokenIds.of(6, 0, 3))));

  private static final String MAIN =
      """
      class Cases(Module):
        __parameters__ = []
        __buffers__ = []
        training : bool
        def mask(self, x: Tensor, l: int, i: int, shape: List[int]) -> Tensor:
          return __torch__.train_adapter.mask(x, l, i, shape)
      """;

  @Test
  void aNumberIsDroppedWithTheProbabilityAndTheOthersKeepTheMean() {
    onThread(
        () -> {
          TorchScript script =
              TorchScript.load(
                  "Cases",
                  List.of(
                      new ScriptSource("cases", MAIN),
                      ScriptSource.resource(TrainScript.class, "train_adapter.py"),
                      ScriptSource.resource(TrainScript.class, "shape.py")));
          try (InferenceScope scope = InferenceScope.open()) {
            long[] quarter = new long[] {1 << 22, 7};
            float[] first = drop(script, scope, 1, 2, quarter);
            int dropped = 0;
            for (float number : first) {
              assertThat(number == 0 || Math.abs(number - 1 / 0.75f) < 1e-6).isTrue();
              dropped += number == 0 ? 1 : 0;
            }
            // 40,000 draws: the deviation is sqrt(0.25 * 0.75 / 40000) = 0.0022
            assertThat(dropped / 40_000.0).isCloseTo(0.25, within(0.01));
            assertThat(drop(script, scope, 1, 2, quarter)).isEqualTo(first);
            assertThat(drop(script, scope, 2, 2, quarter)).isNotEqualTo(first);
            assertThat(drop(script, scope, 1, 3, quarter)).isNotEqualTo(first);
            long[] other = new long[] {1 << 22, 8};
            assertThat(drop(script, scope, 1, 2, other)).isNotEqualTo(first);
          } finally {
            script.close();
          }
        });
  }

  private static float[] drop(
      TorchScript script, InferenceScope scope, int layer, int projection, long[] shape) {
    NDArray ones = scope.manager().ones(new Shape(400, 100));
    return script.run(scope, "mask", ones, layer, projection, shape).get(0).toFloatArray();
  }

  @Test
  void aMaskIsAFunctionOfItsNumberAndScoringHasNone() {
    onThread(
        () -> {
          try (CausalLm model = model(0.5);
              CausalLm without = model(0);
              InferenceScope scope = InferenceScope.open()) {
            float[] plain = logprobs(without, OptionalLong.of(3), scope);
            assertThat(logprobs(model, OptionalLong.empty(), scope)).isEqualTo(plain);
            assertThat(model.score(BATCH, 1, scope).logprobs().toFloatArray())
                .containsExactly(plain, within(1e-6f));
            float[] masked = logprobs(model, OptionalLong.of(3), scope);
            assertThat(masked).isNotEqualTo(plain);
            assertThat(logprobs(model, OptionalLong.of(3), scope)).isEqualTo(masked);
            assertThat(logprobs(model, OptionalLong.of(4), scope)).isNotEqualTo(masked);
          }
        });
  }

  private static float[] logprobs(CausalLm model, OptionalLong mask, InferenceScope scope) {
    return model.forward(BATCH, 1, Optional.empty(), mask, scope, 0).logprobs().toFloatArray();
  }

  /** The derivative in a random direction is what the sum moves by, with the same mask. */
  @Test
  void gradientsAreThoseOfTheMaskedPass() {
    onThread(
        () -> {
          try (CausalLm model = model(0.4)) {
            float[] direction = new float[Math.toIntExact(model.parameters().layout().size())];
            Random random = new Random(5);
            for (int i = 0; i < direction.length; i++) {
              direction[i] = (float) random.nextGaussian();
            }
            OptionalLong mask = OptionalLong.of(9);
            double expected;
            try (InferenceScope scope = InferenceScope.open()) {
              Forward forward = model.forward(BATCH, 1, Optional.empty(), mask, scope, 0);
              forward.backward(forward.logprobs().onesLike());
              float[] gradient = model.gradients().orElseThrow().flat().toFloatArray();
              expected = 0;
              for (int i = 0; i < gradient.length; i++) {
                expected += (double) gradient[i] * direction[i];
              }
            }
            model.clearGradients();
            float step = 2e-3f;
            double up = sumAfterMove(model, direction, step, mask);
            double down = sumAfterMove(model, direction, -2 * step, mask);
            assertThat(Math.abs(expected)).isGreaterThan(0.1);
            assertThat((up - down) / (2 * step))
                .isCloseTo(expected, within(0.02 * Math.abs(expected)));
          }
        });
  }

  private static double sumAfterMove(
      CausalLm model, float[] direction, float step, OptionalLong mask) {
    try (InferenceScope scope = InferenceScope.open()) {
      NDArray move = scope.floats(direction, direction.length).mul(step);
      model.parameters().flat().addi(move);
      double sum = 0;
      for (float number : logprobs(model, mask, scope)) {
        sum += number;
      }
      return sum;
    }
  }

  /** A small model whose adapter of all projections changes its numbers. */
  private static CausalLm model(double dropout) {
    CausalLm base = CausalLm.random(CausalLmTest.CONFIG, Heads.VOCABULARY, 1);
    AdapterConfig config =
        new AdapterConfig(
            2, 4, false, AdapterTargets.of(List.of(AdapterTargets.ALL)), dropout, List.of());
    CausalLm model = base.withAdapter(config, 1, "");
    Random random = new Random(2);
    for (String name : model.parameters().layout().shapes().keySet()) {
      FloatBuffer numbers = model.parameters().bytes(name).asFloatBuffer();
      while (numbers.hasRemaining()) {
        numbers.put((float) (0.3 * random.nextGaussian()));
      }
    }
    return model;
  }

  private static void onThread(Runnable work) {
    try (NativeThread thread = NativeThread.start("dropout-test", 1)) {
      thread.call(
          () -> {
            work.run();
            return true;
          });
    }
  }
}
