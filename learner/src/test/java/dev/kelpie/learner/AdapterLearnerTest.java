package dev.kelpie.learner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.kelpie.config.Experiment;
import dev.kelpie.config.KlOptions;
import dev.kelpie.config.PolicyOptions;
import dev.kelpie.config.PolicyOptions.Lora;
import dev.kelpie.config.ReferenceOptions;
import dev.kelpie.config.ValueOptions;
import dev.kelpie.experience.StepMetrics;
import dev.kelpie.experience.TrainingBatch;
import dev.kelpie.experience.WeightSnapshot;
import dev.kelpie.learner.adapter.PolicyAdapter;
import dev.kelpie.model.CausalLm;
import dev.kelpie.model.ParameterLayout.Heads;
import dev.kelpie.model.adapter.AdapterWeights;
import dev.kelpie.model.architecture.ModelConfig;
import dev.kelpie.model.merged.AdapterFolder;
import dev.kelpie.model.merged.BaseHash;
import dev.kelpie.tensors.NativeThread;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Learners whose policy has a low-rank adapter. */
class AdapterLearnerTest {
  private static final Path POLICY = Path.of("src/test/resources/llama-gqa");
  private static final int VOCABULARY = 384;
  private static final KlOptions KL = new KlOptions(0.1, "k3", KlOptions.Place.LOSS, 0, 10_000);

  @TempDir private Path folder = Path.of("");

  private static Experiment experiment(Lora lora, KlOptions kl) {
    Experiment full =
        Steps.experiment(
            POLICY,
            Steps.grpo(kl, 0),
            Steps.value(ValueOptions.Kind.NONE),
            Steps.learner(2, 1, 60));
    return Experiments.with(
        full, new PolicyOptions(POLICY.toString(), PolicyOptions.Init.CHECKPOINT, lora));
  }

  private static Lora rank(int rank, String... targets) {
    return new Lora("", rank, 8, List.of(targets), false, 0, List.of());
  }

  /** A step whose reference nobody has scored: the learner has it. */
  private static TrainingBatch batch(long step) {
    TrainingBatch scored = Steps.batch(step, 4, 4, VOCABULARY, step - 1);
    return TrainingBatch.ofReference(step, scored.groups(), Map.of());
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 0.1})
  void onlyTheAdapterIsTrainedAndResumesBitForBit(double dropout) throws Exception {
    List<String> targets = List.of("q_proj", "v_proj", "down_proj");
    Experiment experiment = experiment(new Lora("", 4, 8, targets, false, dropout, List.of()), KL);
    Map<String, float[]> straight;
    try (Learner learner = Learner.open(experiment)) {
      Map<String, float[]> start = LearnerTest.weights(learner.snapshot());
      for (int step = 1; step <= 4; step++) {
        learner.train(batch(step));
        if (step == 2) {
          learner.save(Files.createDirectory(folder.resolve("state")));
        }
      }
      assertThat(AdapterWeights.are(learner.snapshot())).isTrue();
      straight = LearnerTest.weights(learner.snapshot());
      assertThat(straight)
          .hasSize(2 * 3 * 2 + 2); // A and B of 3 projections in 2 layers; scale; base
      straight.forEach(
          (name, values) -> {
            if (name.equals(AdapterWeights.SCALE)) {
              assertThat(values).containsExactly(2); // 8 / 4
            } else if (!name.equals(AdapterWeights.BASE)) {
              assertThat(values).as(name).isNotEqualTo(start.get(name));
            }
          });
    }
    try (Learner learner = Learner.open(experiment)) {
      learner.restore(folder.resolve("state"));
      for (int step = 3; step <= 4; step++) {
        learner.train(batch(step));
      }
      Map<String, float[]> resumed = LearnerTest.weights(learner.snapshot());
      assertThat(resumed.keySet()).isEqualTo(straight.keySet());
      resumed.forEach((name, values) -> assertThat(values).as(name).isEqualTo(straight.get(name)));
    }
  }

  @Test
  void thePolicyWithoutItsAdapterIsTheReference() {
    try (Learner learner = Learner.open(experiment(rank(4, "all-linear"), KL))) {
      StepMetrics first = learner.train(batch(1)).metrics();
      // The first of its two updates is at KL 0, the second is not, and so is the next step.
      StepMetrics second = learner.train(batch(2)).metrics();
      assertThat(first.get("kl/ref_k3")).isPositive();
      assertThat(second.get("kl/ref_k3")).isGreaterThan(first.get("kl/ref_k3"));
    }
    Experiment whole =
        Experiments.with(
            experiment(rank(4, "all-linear"), KL), Steps.learner(1, 1, 60)); // one update a step
    try (Learner learner = Learner.open(whole)) {
      assertThat(learner.train(batch(1)).metrics().get("kl/ref_k3")).isCloseTo(0, within(1e-9));
      assertThat(learner.train(batch(2)).metrics().get("kl/ref_k3")).isGreaterThan(1e-9);
    }
  }

  @Test
  void modulesThatAreSavedAndAValueHeadAreTrainedInFullAndResumeBitForBit() throws Exception {
    List<String> saved = List.of("embed_tokens", "lm_head");
    Experiment experiment =
        Experiments.with(
            experiment(new Lora("", 2, 8, List.of("q_proj"), false, 0.1, saved), KL),
            Steps.gae(KL),
            Steps.value(ValueOptions.Kind.SHARED));
    Path state = Files.createDirectory(folder.resolve("state"));
    Map<String, float[]> straight;
    double value;
    try (Learner learner = Learner.open(experiment)) {
      Map<String, float[]> start = LearnerTest.weights(learner.snapshot());
      learner.train(batch(1));
      learner.save(state);
      value = learner.train(batch(2)).metrics().get("value/loss");
      straight = LearnerTest.weights(learner.snapshot());
      for (String name : List.of("model.embed_tokens.weight", "lm_head.weight")) {
        String own = "base_model.model." + name;
        assertThat(straight.get(own)).hasSize(VOCABULARY * 48).isNotEqualTo(start.get(own));
      }
      assertThat(straight.keySet()).noneMatch(name -> name.startsWith("v_head"));
    }
    try (Learner learner = Learner.open(experiment)) {
      learner.restore(state);
      assertThat(learner.train(batch(2)).metrics().get("value/loss")).isEqualTo(value).isPositive();
      LearnerTest.weights(learner.snapshot())
          .forEach((name, values) -> assertThat(values).as(name).isEqualTo(straight.get(name)));
    }
    assertThat(AdapterFolder.config(state.resolve("policy")).saved()).isEqualTo(saved);
    Lora from =
        new Lora(state.resolve("policy").toString(), 0, 16, List.of("x"), false, 0, List.of());
    try (Learner learner = Learner.open(experiment(from, KL))) {
      assertThat(LearnerTest.weights(learner.snapshot()))
          .containsKey("base_model.model.lm_head.weight");
    }
  }

  /** Masks of passes that run at the same time do not depend on each other. */
  @Test
  void masksAreTheSameOnAnyNumberOfThreads() {
    List<Map<String, float[]>> learned = new ArrayList<>();
    for (int threads : List.of(2, 2, 2, 1)) {
      Lora lora = new Lora("", 4, 8, List.of("all-linear"), false, 0.3, List.of());
      Experiment experiment =
          Experiments.with(experiment(lora, KL), Steps.learner(threads, 1, 1, 60));
      try (Learner learner = Learner.open(experiment)) {
        learner.train(batch(1));
        learned.add(LearnerTest.weights(learner.snapshot()));
      }
    }
    String name = "base_model.model.model.layers.0.self_attn.q_proj.lora_B.weight";
    float[] first = Objects.requireNonNull(learned.get(0).get(name));
    assertThat(learned.get(1).get(name)).isEqualTo(first);
    assertThat(learned.get(2).get(name)).isEqualTo(first);
    assertThat(learned.get(3).get(name)).containsExactly(first, within(1e-5f));
  }

  @Test
  void dropoutChangesWhatIsLearnedAndIsPartOfTheFolder() throws Exception {
    List<String> targets = List.of("o_proj", "up_proj");
    List<Map<String, float[]>> learned = new ArrayList<>();
    for (double dropout : List.of(0.0, 0.2)) {
      Path state = Files.createDirectory(folder.resolve("state" + dropout));
      try (Learner learner =
          Learner.open(experiment(new Lora("", 2, 8, targets, false, dropout, List.of()), KL))) {
        // The first update after a rollout by these weights has its own log-probabilities as old.
        assertThat(learner.train(batch(1)).metrics().get("policy/grad_norm")).isPositive();
        learner.save(state);
        learned.add(LearnerTest.weights(learner.snapshot()));
      }
      assertThat(AdapterFolder.config(state.resolve("policy")).dropout()).isEqualTo(dropout);
    }
    String name = "base_model.model.model.layers.0.self_attn.o_proj.lora_B.weight";
    assertThat(learned.get(0).get(name)).isNotNull().isNotEqualTo(learned.get(1).get(name));
  }

  @Test
  void aFolderWrittenByALearnerIsWhatTheNextStartsFrom() throws Exception {
    Map<String, float[]> written;
    try (Learner learner = Learner.open(experiment(rank(3, "o_proj"), KL))) {
      learner.train(batch(1));
      learner.save(Files.createDirectory(folder.resolve("state")));
      written = LearnerTest.weights(learner.snapshot());
    }
    Path adapter = folder.resolve("state/policy");
    assertThat(AdapterFolder.config(adapter).rank()).isEqualTo(3);
    Lora from = new Lora(adapter.toString(), 0, 16, List.of("all-linear"), false, 0, List.of());
    try (Learner learner = Learner.open(experiment(from, KL))) {
      WeightSnapshot started = learner.snapshot();
      LearnerTest.weights(started)
          .forEach((name, values) -> assertThat(values).as(name).isEqualTo(written.get(name)));
    }
    try (Learner other = Learner.open(experiment(rank(2, "o_proj"), KL))) {
      assertThatThrownBy(() -> other.restore(folder.resolve("state")))
          .hasStackTraceContaining("rank=3")
          .hasStackTraceContaining("expected: AdapterConfig[rank=2");
    }
  }

  @Test
  void aCheckpointOfAnotherBaseIsRefused() throws Exception {
    Path state = Files.createDirectory(folder.resolve("state"));
    try (Learner learner = Learner.open(experiment(rank(2, "o_proj"), KL))) {
      learner.save(state);
      Path json = state.resolve("learner.json");
      String base = AdapterWeights.base(learner.snapshot());
      assertThat(base).isEqualTo(BaseHash.of(POLICY)).hasSize(64);
      Files.writeString(json, Files.readString(json).replace(base, "0".repeat(64)));
      assertThatThrownBy(() -> learner.restore(state))
          .hasStackTraceContaining("another base than the weights in policy.path");
    }
  }

  @Test
  void aModelWithAFreshAdapterIsItsBaseAndMemoryIsGivenBack() {
    try (NativeThread thread = NativeThread.start("adapter-test", 1)) {
      thread.call(
          () -> {
            CausalLm base = CausalLm.open(POLICY, Heads.VOCABULARY);
            try (CausalLm adapted =
                PolicyAdapter.adapted(experiment(rank(2, "gate_proj"), KL), base)) {
              assertThat(adapted.base()).containsSame(base);
              assertThat(adapted.parameters().layout().shapes()).hasSize(4);
              assertThat(adapted.parameters().layout().size())
                  .isLessThan(base.parameters().layout().size() / 10);
            }
            return true;
          });
    }
  }

  @Test
  void targetsThatTheModelLacksAreRefused() {
    ModelConfig model = ModelConfig.open(POLICY);
    assertThatThrownBy(() -> PolicyAdapter.requireFits(experiment(rank(2, "c_attn"), KL), model))
        .hasMessage(
            "policy.lora.targets: c_attn (expected: down_proj, gate_proj, k_proj, o_proj, q_proj,"
                + " up_proj, v_proj of LlamaForCausalLM, or a pattern of their paths)");
    assertThatThrownBy(() -> PolicyAdapter.requireFits(experiment(rank(2, "(q_proj"), KL), model))
        .hasMessageContaining("policy.lora.targets: (q_proj: Unclosed group");
    String pattern = "model\\.layers\\.1\\.self_attn\\.[qk]_proj";
    assertThat(PolicyAdapter.parameterCount(experiment(rank(2, pattern), KL), model))
        .isEqualTo(2L * (48 + 48) + 2L * (48 + 24)); // A and B of q [48, 48] and k [24, 48]
  }

  @Test
  void anotherFolderAndAMovingReferenceAreRefused() {
    assertThatThrownBy(
            () ->
                Learner.open(
                    experiment(new Lora("nowhere", 0, 16, List.of("q"), false, 0, List.of()), KL)))
        .hasMessage("policy.lora.path: nowhere (expected: a folder with adapter_config.json)");
    Experiment moving =
        Experiments.with(
            experiment(rank(2, "q_proj"), KL),
            new ReferenceOptions(ReferenceOptions.Schedule.REFRESH, "", 1, 0.9, "", ""));
    assertThatThrownBy(() -> PolicyAdapter.check(moving))
        .hasMessageContaining("reference.schedule: refresh (expected: frozen or none");
  }
}
