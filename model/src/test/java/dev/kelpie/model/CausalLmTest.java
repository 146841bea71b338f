package dev.kelpie.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.experience.WeightSnapshot.Tensor;
import dev.kelpie.model.ParameterLayout.Heads;
import dev.kelpie.model.SequenceBatch.Row;
import dev.kelpie.model.architecture.ModelConfig;
import dev.kelpie.model.architecture.Rope;
import dev.kelpie.tensors.InferenceScope;
import dev.kelpie.tensors.NativeMemory;
import dev.kelpie.tensors.NativeThread;
import dev.kelpie.tensors.TorchScript;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

class CausalLmTest {
  private static final NativeThread THREAD = NativeThread.start("model-test", 1);
  static final ModelConfig CONFIG = config(List.of(0, 3), true);
  private static final TokenIds LONG = TokenIds.of(5, 9, 2, 7, 11);
  private static final TokenIds SHORT = TokenIds.of(3, 1);

  @AfterAll
  static void stop() {
    THREAD.close();
  }

  private static ModelConfig config(List<Integer> windows, boolean norms) {
    return new ModelConfig(
        "Qwen3ForCausalLM",
        20,
        16,
        2,
        4,
        2,
        6,
        24,
        1e-6,
        true,
        new Rope(1e4, Optional.empty(), List.of(true, true)),
        true,
        true,
        false,
        norms,
        windows,
        0.3,
        64,
        0);
  }

  @Test
  void rowsThatShareAPromptEqualRowsThatDoNot() {
    THREAD.call(
        () -> {
          List<TokenIds> responses =
              List.of(TokenIds.of(4, 4, 8, 1), TokenIds.of(2), TokenIds.of(6, 0, 3), LONG, SHORT);
          List<Row> shared = new ArrayList<>();
          List<Row> alone = new ArrayList<>();
          List<TokenIds> prompts = new ArrayList<>();
          for (int b = 0; b < responses.size(); b++) {
            shared.add(new Row(b % 2, responses.get(b)));
            alone.add(new Row(b, responses.get(b)));
            prompts.add(b % 2 == 0 ? LONG : SHORT);
          }
          try (CausalLm model = CausalLm.random(CONFIG, Heads.BOTH, 1)) {
            Arrays.asList("v_head.weight", "v_head.bias")
                .forEach(name -> model.parameters().bytes(name).asFloatBuffer().put(0, 0.5f));
            List<float[]> together = learn(model, new SequenceBatch(List.of(LONG, SHORT), shared));
            List<float[]> apart = learn(model, new SequenceBatch(prompts, alone));
            for (int i = 0; i < together.size(); i++) {
              assertThat(together.get(i)).containsExactly(apart.get(i), within(1e-4f));
            }
          }
          return true;
        });
  }

  /** Log-probabilities, entropies, values and all gradients for some gradients of them. */
  private static List<float[]> learn(CausalLm model, SequenceBatch batch) {
    List<float[]> results = new ArrayList<>();
    try (InferenceScope scope = InferenceScope.open()) {
      Forward forward = model.forward(batch, 0.8, scope, 0);
      for (NDArray column : List.of(forward.logprobs(), forward.entropy(), forward.values())) {
        results.add(column.toFloatArray());
      }
      float[] weights = new float[batch.rows().size() * batch.width()];
      for (int b = 0; b < batch.rows().size(); b++) {
        for (int t = 0; t < batch.rows().get(b).response().length(); t++) {
          weights[b * batch.width() + t] = (float) Math.sin(3 * b + t);
        }
      }
      NDArray g = scope.floats(weights, batch.rows().size(), batch.width()); // [B, R]
      forward.backward(g, g.mul(0.3f), g.mul(-0.2f));
    }
    Parameters gradients = model.gradients().orElseThrow();
    gradients.layout().shapes().keySet().forEach(name -> results.add(gradients.values(name)));
    model.clearGradients();
    return results;
  }

  @Test
  void gradientsEqualFiniteDifferences() {
    THREAD.call(
        () -> {
          SequenceBatch batch = new SequenceBatch(List.of(LONG), List.of(new Row(0, LONG)));
          try (CausalLm model = CausalLm.random(CONFIG, Heads.VOCABULARY, 2)) {
            try (InferenceScope scope = InferenceScope.open()) {
              Forward forward = model.forward(batch, 1, scope, 0);
              forward.backward(scope.floats(new float[] {1, 1, 1, 1, 1}, 1, 5));
            }
            String name = "model.layers.0.self_attn.k_norm.weight";
            float slope = model.gradients().orElseThrow().values(name)[1];
            float step = 1e-2f;
            double difference = total(model, batch, name, step) - total(model, batch, name, -step);
            assertThat(difference / (2 * step)).isCloseTo(slope, within(2e-3));
          }
          return true;
        });
  }

  /** Sum of log-probabilities with one number of a parameter moved by {@code step}. */
  private static double total(CausalLm model, SequenceBatch batch, String name, float step) {
    float old = model.parameters().values(name)[1];
    model.parameters().bytes(name).asFloatBuffer().put(1, old + step);
    try (InferenceScope scope = InferenceScope.open()) {
      return model.score(batch, 1, scope).logprobs().sum().getFloat();
    } finally {
      model.parameters().bytes(name).asFloatBuffer().put(1, old);
    }
  }

  @Test
  void allMatrixProductsGiveTheSameNumbers() {
    String arch = System.getProperty("os.arch");
    Assumptions.assumeTrue(arch.equals("amd64"), "oneDNN needs x86");
    THREAD.call(
        () -> {
          List<List<float[]>> results = new ArrayList<>();
          for (String products :
              List.of("train_gemm_aten.py", "train_gemm_mixed.py", "train_gemm_onednn.py")) {
            TorchScript script = TrainScript.load(products);
            try (CausalLm model = CausalLm.random(CONFIG, Heads.VOCABULARY, 5, script)) {
              results.add(
                  learn(model, new SequenceBatch(List.of(LONG), List.of(new Row(0, LONG)))));
            }
          }
          for (int i = 0; i < results.get(0).size(); i++) {
            assertThat(results.get(1).get(i)).containsExactly(results.get(0).get(i), within(1e-4f));
            assertThat(results.get(2).get(i)).containsExactly(results.get(0).get(i), within(1e-4f));
          }
          return true;
        });
  }

  @Test
  void freshWeightsDependOnTheSeedAlone() {
    THREAD.call(
        () -> {
          try (CausalLm a = CausalLm.random(CONFIG, Heads.VOCABULARY, 7);
              CausalLm b = CausalLm.random(CONFIG, Heads.VOCABULARY, 7);
              CausalLm c = CausalLm.random(CONFIG, Heads.VOCABULARY, 8)) {
            String name = "model.embed_tokens.weight";
            float[] drawn = a.parameters().values(name);
            assertThat(b.parameters().values(name)).isEqualTo(drawn);
            assertThat(c.parameters().values(name)).isNotEqualTo(drawn);
            double mean = 0;
            double square = 0;
            for (float x : drawn) {
              mean += x / drawn.length;
              square += x * x / drawn.length;
            }
            // 320 draws of deviation 0.3: the mean's standard error is 0.017
            assertThat(mean).isCloseTo(0, within(0.07));
            assertThat(Math.sqrt(square)).isCloseTo(0.3, within(0.05));
            assertThat(a.parameters().values("model.norm.weight")).containsOnly(1f);
          }
          return true;
        });
  }

  @Test
  void aSnapshotReadsTheLiveParametersInChunks() {
    THREAD.call(
        () -> {
          try (CausalLm model = CausalLm.random(CONFIG, Heads.BOTH, 3)) {
            var snapshot = model.snapshot("policy", new PolicyVersion(4));
            assertThat(snapshot.parent()).hasValue(3);
            assertThat(snapshot.tensors())
                .extracting(Tensor::name)
                .containsExactlyElementsOf(CONFIG.parameters().keySet());
            try (CausalLm copy = CausalLm.of(CONFIG, Heads.VOCABULARY, snapshot)) {
              for (String name : CONFIG.parameters().keySet()) {
                assertThat(copy.parameters().values(name))
                    .as(name)
                    .isEqualTo(model.parameters().values(name));
              }
            }
          }
          return true;
        });
  }

  @Test
  void leavesNumberOfLiveArraysUnchangedOverThreeSteps() {
    THREAD.call(
        () -> {
          SequenceBatch batch = new SequenceBatch(List.of(LONG), List.of(new Row(0, SHORT)));
          try (CausalLm model = CausalLm.random(CONFIG, Heads.VOCABULARY, 3)) {
            learn(model, batch);
            int before = NativeMemory.liveArrays();
            for (int i = 0; i < 3; i++) {
              learn(model, batch);
            }
            assertThat(NativeMemory.liveArrays()).isEqualTo(before);
          }
          return true;
        });
  }

  @Test
  void refusesATokenOutsideTheVocabulary() {
    SequenceBatch batch = new SequenceBatch(List.of(LONG), List.of(new Row(0, TokenIds.of(3, 20))));
    THREAD.call(
        () -> {
          try (CausalLm model = CausalLm.random(CONFIG, Heads.VOCABULARY, 3);
              InferenceScope scope = InferenceScope.open()) {
            assertThatThrownBy(() -> model.score(batch, 1, scope))
                .hasMessage("token id: 20 (expected: below vocab_size = 20)");
          }
          return true;
        });
  }
}
