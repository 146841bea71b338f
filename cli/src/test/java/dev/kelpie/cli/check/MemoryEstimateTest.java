package dev.kelpie.cli.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kelpie.cli.Shipped;
import dev.kelpie.config.ConfigException;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.file.ExperimentFiles;
import dev.kelpie.model.architecture.ModelConfig;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class MemoryEstimateTest {
  private static final long MIB = 1L << 20;

  /**
   * The quickstart's model: embedding and head of 19 x 128 each; 4 layers of 4 attention matrices
   * of 128 x 128, 3 matrices of 128 x 352 and 2 norms of 128; a last norm. 2 x 2,432 + 4 x (65,536
   * + 135,168 + 256) + 128.
   */
  private static final long PARAMETERS = 808_832;

  /** Keys and values of a token: 2 x 4 layers x 4 heads x 32 numbers of 4 bytes. */
  private static final long CACHE = 4096;

  @Test
  void addsUpWhatARunHolds() {
    MemoryEstimate estimate = estimate("learner.token-budget=1000", "learner.threads=1");
    // weights, gradients and two moments of 4 bytes each
    assertThat(estimate.learner()).isEqualTo(16 * PARAMETERS);
    // weights, and the cache of 8 x 8 responses of at most 16 + 26 tokens
    assertThat(estimate.rollout()).isEqualTo(4 * PARAMETERS + CACHE * 64 * 42);
    // 4 layers x 4 bytes x (2 x 128 hidden + 384 projected + 128 attended + 2 x 352 in between)
    assertThat(estimate.activations()).isEqualTo(1000 * 23_552);
    // and 600 MiB of the process itself
    assertThat(estimate.total())
        .isEqualTo(600 * MIB + 20 * PARAMETERS + CACHE * 64 * 42 + 1000 * 23_552);
  }

  @Test
  void countsTheValueModelAndTheReference() {
    assertThat(estimate("value.kind=separate").learner()).isEqualTo(32 * PARAMETERS);
    assertThat(estimate("value.kind=shared").learner()).isEqualTo(16 * PARAMETERS);
    assertThat(estimate("algorithm.kl.coef=0.1").learner()).isEqualTo(20 * PARAMETERS);
    // policy and process reward model, and the reference that its log-ratios are to
    assertThat(estimate("algorithm.preset=prime").learner()).isEqualTo(36 * PARAMETERS);
  }

  @Test
  void countsCopiesOfWeightsInBfloat16() {
    // 2 bytes beside the 16 of the policy, and beside the 4 of the reference
    assertThat(estimate("learner.precision=bf16").learner()).isEqualTo(18 * PARAMETERS);
    assertThat(estimate("learner.precision=bf16", "algorithm.kl.coef=0.1").learner())
        .isEqualTo(24 * PARAMETERS);
  }

  @Test
  void countsEveryWorkerWithItsUnitAndItsFormat() {
    MemoryEstimate estimate =
        estimate("rollout.workers=3", "rollout.unit-prompts=2", "rollout.precision=bf16");
    assertThat(estimate.rollout()).isEqualTo(3 * (2 * PARAMETERS + CACHE * 2 * 8 * 42));
    assertThat(estimate("rollout.precision=int8").rollout())
        .isEqualTo(PARAMETERS + CACHE * 64 * 42);
  }

  @Test
  void countsTheMicrobatchesOfAllLanes() {
    assertThat(estimate("learner.token-budget=1000", "learner.threads=2").activations())
        .isEqualTo(2 * 1000 * 23_552);
  }

  @Test
  void saysWhatARunWillHold() {
    MemoryEstimate estimate = new MemoryEstimate(100 * MIB, 12 * MIB, 8 * MIB, 30 * MIB);
    // 600 MiB for the process, 100 + 20 + 30 for the rest
    assertThat(estimate.requireFits(1000 * MIB))
        .isEqualTo(
            "about 750 MiB: learner 100 MiB, activations 30 MiB, rollout 20 MiB; this machine has"
                + " 1000 MiB");
  }

  @Test
  void refusesMoreThanTheMachineHas() {
    assertThatThrownBy(
            () -> new MemoryEstimate(100 * MIB, 12 * MIB, 8 * MIB, 30 * MIB).requireFits(MIB))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("this machine has 1 MiB (expected: to fit");
  }

  @Test
  void runsWhereTheModelsFitAndRefusesWhereTheyCannot() {
    MemoryEstimate estimate = new MemoryEstimate(100 * MIB, 12 * MIB, 8 * MIB, 30 * MIB);
    // 600 for the process, 100 + 12 for the models; the rest depends on what is generated
    estimate.requireRoom(712 * MIB);
    assertThatThrownBy(() -> estimate.requireRoom(711 * MIB))
        .isInstanceOf(ConfigException.class)
        .hasMessage(
            "memory: 711 MiB for this process (expected: at least 712 MiB for this run, and about"
                + " 750 MiB at its peak; a smaller model needs less)");
  }

  private static MemoryEstimate estimate(String... overrides) {
    Experiment experiment =
        ExperimentFiles.load(Path.of(Shipped.quickstart()), List.of(overrides)).experiment();
    return MemoryEstimate.of(experiment, ModelConfig.open(Path.of(experiment.policy().path())));
  }
}
