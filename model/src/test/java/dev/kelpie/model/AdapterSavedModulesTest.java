package dev.kelpie.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.model.ParameterLayout.Heads;
import dev.kelpie.model.SequenceBatch.Row;
import dev.kelpie.model.adapter.AdapterConfig;
import dev.kelpie.model.adapter.AdapterModules;
import dev.kelpie.model.adapter.AdapterTargets;
import dev.kelpie.model.architecture.CheckpointException;
import dev.kelpie.model.architecture.ModelConfig;
import dev.kelpie.tensors.InferenceScope;
import dev.kelpie.tensors.NativeThread;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Embedding, head and value head that are trained in full beside an adapter. */
class AdapterSavedModulesTest {
  private static final Path FOLDER = Path.of("../configs/quickstart/policy");
  private static final SequenceBatch BATCH =
      new SequenceBatch(
          List.of(TokenIds.of(5, 9, 2, 7, 11), TokenIds.of(3, 1)),
          List.of(new Row(0, TokenIds.of(4, 4, 8, 1)), new Row(1, TokenIds.of(6, 0, 3))));

  private static AdapterConfig saving(String... modules) {
    return new AdapterConfig(
        2, 4, false, AdapterTargets.of(List.of("q_proj")), 0, List.of(modules));
  }

  @Test
  void theirGradientsAreThoseOfTheWholeModelWhereTheAdapterAddsNothing() {
    try (NativeThread thread = NativeThread.start("saved-test", 1)) {
      thread.call(
          () -> {
            Map<String, float[]> whole;
            try (CausalLm model = CausalLm.open(FOLDER, Heads.BOTH)) {
              whole = gradients(model);
            }
            CausalLm base = CausalLm.open(FOLDER, Heads.BOTH);
            try (CausalLm model = base.withAdapter(saving("embed_tokens", "lm_head"), 1, "")) {
              Map<String, float[]> own = gradients(model);
              for (String name : List.of("model.embed_tokens.weight", "lm_head.weight")) {
                assertThat(own.get("base_model.model." + name)).isEqualTo(whole.get(name));
                assertThat(base.parameters().values(name))
                    .isEqualTo(model.parameters().values("base_model.model." + name));
              }
              assertThat(own.get("v_head.weight")).isEqualTo(whole.get("v_head.weight"));
              assertThat(own.get("v_head.bias")).isEqualTo(whole.get("v_head.bias"));
              assertThat(own).hasSize(base.config().layers() * 2 + 4);

              // what is trained does not touch the reference
              float[] reference = logprobs(base);
              try (InferenceScope scope = InferenceScope.open()) {
                NDArray flat = model.parameters().flat();
                flat.addi(scope.manager().ones(flat.getShape()).mul(0.01f));
              }
              assertThat(logprobs(model)).isNotEqualTo(reference);
              assertThat(logprobs(base)).isEqualTo(reference);
            }
            try (CausalLm model =
                CausalLm.open(FOLDER, Heads.VOCABULARY).withAdapter(saving("lm_head"), 1, "")) {
              Map<String, float[]> own = gradients(model);
              assertThat(own.keySet()).noneMatch(name -> name.contains("embed_tokens"));
              assertThat(own.get("base_model.model.lm_head.weight"))
                  .containsExactly(whole.get("lm_head.weight"), within(1e-6f));
            }
            return true;
          });
    }
  }

  private static float[] logprobs(CausalLm model) {
    try (InferenceScope scope = InferenceScope.open()) {
      return model.score(BATCH, 1, scope).logprobs().toFloatArray();
    }
  }

  private static Map<String, float[]> gradients(CausalLm model) {
    Map<String, float[]> gradients = new TreeMap<>();
    try (InferenceScope scope = InferenceScope.open()) {
      Forward forward = model.forward(BATCH, 1, scope, 0);
      NDArray ones = forward.logprobs().onesLike(); // [B, R]
      forward.backward(ones, ones.zerosLike(), ones.mul(0.5f));
    }
    Parameters found = model.gradients().orElseThrow();
    found.layout().shapes().keySet().forEach(name -> gradients.put(name, found.values(name)));
    model.clearGradients();
    return gradients;
  }

  @Test
  void otherModulesAndTiedOnesAreRefused() {
    ModelConfig untied = ModelConfig.open(FOLDER);
    assertThatThrownBy(() -> AdapterModules.of(untied, saving("norm")))
        .isInstanceOf(CheckpointException.class)
        .hasMessage(
            "modules-to-save: norm (expected: embed_tokens or lm_head of LlamaForCausalLM)");
    ModelConfig tied = ModelConfig.open(ParityFixtures.own("smollm2"));
    assertThatThrownBy(() -> AdapterModules.of(tied, saving("lm_head")))
        .isInstanceOf(CheckpointException.class)
        .hasMessageStartingWith("modules-to-save: lm_head (expected: none, because the head of");
  }
}
