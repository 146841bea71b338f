package dev.kelpie.cli.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kelpie.actors.Role;
import dev.kelpie.cli.Shipped;
import dev.kelpie.cli.check.MemoryParts.Kind;
import dev.kelpie.cli.check.MemoryParts.Part;
import dev.kelpie.config.ConfigException;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.file.ExperimentFiles;
import dev.kelpie.config.file.LoadedExperiment;
import dev.kelpie.model.architecture.ModelConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MemoryPlanTest {
  private static final long MIB = 1L << 20;

  /**
   * The quickstart's model: embedding and head of 19 x 128 each; 4 layers of 4 attention matrices
   * of 128 x 128, 3 matrices of 128 x 352 and 2 norms of 128; a last norm. 2 x 2,432 + 4 x (65,536
   * + 135,168 + 256) + 128.
   */
  private static final long PARAMETERS = 808_832;

  /** Keys and values of a token: 2 x 4 layers x 4 heads x 32 numbers of 4 bytes. */
  private static final long CACHE = 4096;

  /** 4 layers x 4 bytes x (2 x 128 hidden + 384 projected + 128 attended + 2 x 352 in between). */
  private static final long TAPE = 23_552;

  /** 16 + 26 tokens of prompt and response, in blocks of 64. */
  private static final long COLUMNS = 64;

  @Test
  void addsUpWhatARunHolds() {
    String[] one = {"learner.token-budget=1000", "learner.threads=1"};
    assertThat(bytes(Kind.PARAMETERS, one)).isEqualTo(4 * PARAMETERS);
    assertThat(bytes(Kind.GRADIENTS, one)).isEqualTo(4 * PARAMETERS);
    assertThat(bytes(Kind.OPTIMISER, one)).isEqualTo(8 * PARAMETERS);
    assertThat(bytes(Kind.ACTIVATIONS, one)).isEqualTo(1000 * TAPE);
    // the largest matrix, 352 x 128, and 4 times the logits of 1000 tokens
    assertThat(bytes(Kind.OPERATIONS, one)).isEqualTo(4 * (45_056 + 4 * 19_000));
    assertThat(bytes(Kind.SAMPLED, one)).isEqualTo(4 * PARAMETERS);
    // 8 x 8 responses
    assertThat(bytes(Kind.CACHE, one)).isEqualTo(CACHE * 64 * COLUMNS);
    assertThat(bytes(Kind.REFERENCES, one)).isZero();
    // heap and libraries: 600 MiB
    assertThat(plan(one).total())
        .isEqualTo(
            600 * MIB
                + 20 * PARAMETERS
                + 1000 * TAPE
                + 4 * (45_056 + 4 * 19_000)
                + CACHE * 64 * COLUMNS);
  }

  @Test
  void logitsOfALargeVocabularyExistInChunks(@TempDir Path folder) throws IOException {
    Files.writeString(
        folder.resolve("config.json"),
        "{\"architectures\":[\"LlamaForCausalLM\"],\"model_type\":\"llama\",\"vocab_size\":49152,"
            + "\"hidden_size\":64,\"intermediate_size\":128,\"num_hidden_layers\":1,"
            + "\"num_attention_heads\":2,\"num_key_value_heads\":2,\"head_dim\":32,"
            + "\"max_position_embeddings\":512,\"rms_norm_eps\":1e-5,\"hidden_act\":\"silu\","
            + "\"rope_theta\":10000.0,\"tie_word_embeddings\":true}");
    Experiment experiment = load("learner.threads=1").experiment();
    List<Part> parts = MemoryParts.of(experiment, ModelConfig.open(folder));
    // the embedding, 49,152 x 64, and 4 chunks of 8 Mi logits
    assertThat(parts)
        .contains(new Part(Role.LEARNER, Kind.OPERATIONS, 4 * (3_145_728 + 4 * 8 * MIB)));
    // tied: 49,152 x 64 + 4 x 64 x 64 + 3 x 64 x 128 + 3 x 64, and the embedding once more
    assertThat(parts).contains(new Part(Role.ROLLOUT, Kind.SAMPLED, 4 * (3_186_880 + 3_145_728)));
  }

  @Test
  void aLaneMoreTakesGradientsActivationsAndOperations() {
    String[] two = {"learner.token-budget=500", "learner.threads=2"};
    assertThat(bytes(Kind.GRADIENTS, two)).isEqualTo(2 * 4 * PARAMETERS);
    assertThat(bytes(Kind.ACTIVATIONS, two)).isEqualTo(2 * 500 * TAPE);
    assertThat(bytes(Kind.OPERATIONS, two)).isEqualTo(4 * (2 * 45_056 + 4 * 19_000));
  }

  @Test
  void aMicrobatchIsNotLargerThanAStepAndNotSmallerThanASequence() {
    // 8 prompts x 8 responses x (16 + 26) = 2,688 tokens
    assertThat(bytes(Kind.ACTIVATIONS, "learner.token-budget=9000", "learner.threads=1"))
        .isEqualTo(2688 * TAPE);
    assertThat(bytes(Kind.ACTIVATIONS, "learner.token-budget=10", "learner.threads=1"))
        .isEqualTo(42 * TAPE);
  }

  @Test
  void countsCopiesOfWeightsInBfloat16() {
    String half = "learner.precision=bf16";
    assertThat(bytes(Kind.PARAMETERS, half)).isEqualTo(6 * PARAMETERS);
    assertThat(bytes(Kind.REFERENCES, half, "algorithm.kl.coef=0.1")).isEqualTo(6 * PARAMETERS);
  }

  @Test
  void countsTheValueModelAndTheReference() {
    String one = "learner.threads=1";
    // models are updated one after the other: one gradient, two of everything else
    assertThat(bytes(Kind.PARAMETERS, one, "value.kind=separate")).isEqualTo(8 * PARAMETERS);
    assertThat(bytes(Kind.GRADIENTS, one, "value.kind=separate")).isEqualTo(4 * PARAMETERS);
    assertThat(bytes(Kind.OPTIMISER, one, "value.kind=separate")).isEqualTo(16 * PARAMETERS);
    assertThat(bytes(Kind.OPTIMISER, one, "value.kind=shared")).isEqualTo(8 * PARAMETERS);
    assertThat(bytes(Kind.REFERENCES, one, "algorithm.kl.coef=0.1")).isEqualTo(4 * PARAMETERS);
    // policy and process reward model, and the reference that its log-ratios are to
    assertThat(bytes(Kind.OPTIMISER, one, "algorithm.preset=prime")).isEqualTo(16 * PARAMETERS);
    assertThat(bytes(Kind.REFERENCES, one, "algorithm.preset=prime")).isEqualTo(4 * PARAMETERS);
  }

  @Test
  void anAdapterHasTheOptimiserAndTheBaseIsTheReference() {
    String[] adapter = {
      "policy.lora.rank=2",
      "policy.lora.targets=[q_proj]",
      "learner.threads=1",
      "algorithm.kl.coef=0.1"
    };
    // A of 2 x 128 and B of 128 x 2 in 4 layers
    long trained = 4 * (256 + 256);
    assertThat(bytes(Kind.PARAMETERS, adapter)).isEqualTo(4 * PARAMETERS + 4 * trained);
    assertThat(bytes(Kind.GRADIENTS, adapter)).isEqualTo(4 * trained);
    assertThat(bytes(Kind.OPTIMISER, adapter)).isEqualTo(8 * trained);
    assertThat(bytes(Kind.REFERENCES, adapter)).isZero();
  }

  @Test
  void countsEveryWorkerWithItsUnitAndItsFormat() {
    String[] three = {"rollout.workers=3", "rollout.unit-prompts=2", "rollout.precision=bf16"};
    // the embedding, 19 x 128, stays in float32
    assertThat(bytes(Kind.SAMPLED, three)).isEqualTo(3 * (2 * (PARAMETERS - 2432) + 4 * 2432));
    assertThat(bytes(Kind.CACHE, three)).isEqualTo(3 * CACHE * 2 * 8 * COLUMNS);
    assertThat(bytes(Kind.SAMPLED, "rollout.precision=int8"))
        .isEqualTo(PARAMETERS - 2432 + 4 * 2432);
  }

  @Test
  void hostsHaveTheirOwnProcesses() {
    MemoryPlan plan =
        plan(
            "cluster.hosts=[{ host = 127.0.0.2, ssh = a, rollout-workers = 2 }, { host ="
                + " 127.0.0.3, ssh = b, rollout-workers = 0, reward = true }]",
            "learner.threads=1",
            "learner.token-budget=1000");
    assertThat(plan.machines())
        .extracting(MemoryPlan.Machine::name)
        .containsExactly("this machine", "127.0.0.2", "127.0.0.3");
    // the learner alone
    assertThat(plan.total())
        .isEqualTo(600 * MIB + 16 * PARAMETERS + 1000 * TAPE + 4 * (45_056 + 4 * 19_000));
    long rollout = 600 * MIB + 4 * PARAMETERS + CACHE * 64 * COLUMNS;
    assertThat(plan.machines().get(1).bytes()).isEqualTo(2 * rollout);
    assertThat(plan.machines().get(2).bytes()).isEqualTo(600 * MIB);
    assertThat(plan.lines())
        .contains(
            "127.0.0.2: 2 x rollout: 619 MiB: sampled models 3 MiB, KV cache 16 MiB, heap 256 MiB,"
                + " libraries 344 MiB",
            "127.0.0.2: about 1238 MiB; its memory is not known here");
  }

  @Test
  void warnsFrom85PercentOnAndRefusesMoreThanAll() {
    MemoryPlan plan = made(850);
    assertThat(plan.requireFits(1000 * MIB, "less"))
        .isEqualTo(
            "about 850 MiB of the 1000 MiB of this machine, or of its container's limit (85 %)");
    assertThat(plan.requireFits(999 * MIB, "x = 1 would help"))
        .isEqualTo(
            "warning: about 850 MiB of the 999 MiB of this machine, or of its container's limit"
                + " (85 %); x = 1 would help");
    assertThat(plan.requireFits(850 * MIB, "")).startsWith("warning: about 850 MiB");
    assertThatThrownBy(() -> plan.requireFits(849 * MIB, "x = 1 would help"))
        .isInstanceOf(ConfigException.class)
        .hasMessage(
            "about 850 MiB of the 849 MiB of this machine, or of its container's limit (100 %)"
                + " (expected: at most 100 %; x = 1 would help)");
  }

  @Test
  void namesTheKeyThatSavesMost() {
    ModelConfig model = model(load());
    // a budget of 32 MiB for each of two lanes: of 2,688 tokens 42 for each are left
    assertThat(MemoryAdvice.of(load(), model, 1000 * MIB))
        .startsWith("learner.token-budget = 42 would help most");
    // 3 workers of 16 MiB of cache and 3 of weights; without lanes their number is the most
    assertThat(MemoryAdvice.of(load("learner.threads=1", "rollout.workers=6"), model, 1000 * MIB))
        .startsWith("rollout.workers = 1 would help most");
    LoadedExperiment wide =
        load("learner.threads=1", "learner.token-budget=2600", "rollout.unit-prompts=1");
    // 2,558 tokens of 23,552 bytes and 4 x 19 logits: 58 MiB; an adapter saves 9 MiB
    assertThat(MemoryAdvice.of(wide, model, 1000 * MIB))
        .isEqualTo("learner.token-budget = 42 would help most and save about 58 MiB");
    LoadedExperiment small =
        load("learner.threads=1", "learner.token-budget=42", "rollout.unit-prompts=1");
    assertThat(MemoryAdvice.of(small, model, 1000 * MIB))
        .startsWith("policy.lora.rank = 16 would help most");
  }

  @Test
  void namesNoKeyThatTheExperimentDoesNotAllow() {
    LoadedExperiment critic =
        load(
            "learner.threads=1",
            "learner.token-budget=42",
            "rollout.unit-prompts=1",
            "algorithm.preset=ppo",
            "value.kind=separate");
    // an adapter has no critic; half of the sampled weights is what is left
    assertThat(MemoryAdvice.of(critic, model(critic), 1000 * MIB))
        .startsWith("rollout.precision = bf16");
  }

  @Test
  void runsWhereTheModelsFitAndRefusesWhereTheyCannot() {
    MemoryPlan plan = made(750);
    plan.requireRoom(712 * MIB);
    assertThatThrownBy(() -> plan.requireRoom(711 * MIB))
        .isInstanceOf(ConfigException.class)
        .hasMessage(
            "memory: 711 MiB for this process (expected: at least 712 MiB for this run, and about"
                + " 750 MiB at its peak; a smaller model needs less)");
  }

  /** Parameters of 712 MiB, and activations. */
  private static MemoryPlan made(long mebibytes) {
    List<Part> parts =
        List.of(
            new Part(Role.LEARNER, Kind.PARAMETERS, 712 * MIB),
            new Part(Role.LEARNER, Kind.ACTIVATIONS, (mebibytes - 712) * MIB));
    return new MemoryPlan(
        List.of(
            new MemoryPlan.Machine(
                "this machine", List.of(new MemoryPlan.ProcessPlan("one process", 1, parts)))));
  }

  private static long bytes(Kind kind, String... overrides) {
    LoadedExperiment loaded = load(overrides);
    return MemoryParts.of(loaded.experiment(), model(loaded)).stream()
        .filter(part -> part.kind() == kind)
        .mapToLong(Part::bytes)
        .sum();
  }

  private static MemoryPlan plan(String... overrides) {
    LoadedExperiment loaded = load(overrides);
    return MemoryPlan.of(loaded.experiment(), model(loaded));
  }

  private static LoadedExperiment load(String... overrides) {
    return ExperimentFiles.load(Path.of(Shipped.quickstart()), List.of(overrides));
  }

  private static ModelConfig model(LoadedExperiment loaded) {
    Experiment experiment = loaded.experiment();
    return ModelConfig.open(Path.of(experiment.policy().path()));
  }
}
