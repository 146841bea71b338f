package dev.kelpie.learner;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.config.Experiment;
import dev.kelpie.config.KlOptions;
import dev.kelpie.config.LearnerOptions;
import dev.kelpie.config.PolicyOptions;
import dev.kelpie.config.ValueOptions;
import dev.kelpie.experience.StepMetrics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One step on the shape of SmolLM2-135M: 4 prompts of 32 tokens, 4 responses of 64 to each. */
@Tag("slow")
class StepMemoryTest {
  private static final String CONFIG =
      """
      {"architectures": ["LlamaForCausalLM"], "hidden_size": 576, "intermediate_size": 1536,
       "num_hidden_layers": 30, "num_attention_heads": 9, "num_key_value_heads": 3,
       "vocab_size": 49152, "rms_norm_eps": 1e-5, "rope_theta": 100000, "hidden_act": "silu",
       "tie_word_embeddings": true, "initializer_range": 0.02, "max_position_embeddings": 8192}
      """;

  /** Parameters, gradients and two moments of 134.5 M numbers are 2,052 MiB. */
  private static final long DENSE_MIB = 2_052;

  /** The tape of 512 tokens (354 MiB), a chunk of the vocabulary, libtorch and the JVM. */
  private static final long REST_MIB = 1_350;

  @Test
  void aStepStaysWithinItsMemory(@TempDir Path folder) throws IOException {
    Assumptions.assumeTrue(Files.exists(Path.of("/proc/self/status")), "needs /proc");
    Files.writeString(folder.resolve("config.json"), CONFIG);
    Experiment plain =
        Steps.experiment(
            folder,
            Steps.grpo(KlOptions.DEFAULTS, 0),
            Steps.value(ValueOptions.Kind.NONE),
            learner());
    Experiment experiment =
        Experiments.with(
            plain,
            new PolicyOptions(
                folder.toString(), PolicyOptions.Init.RANDOM, PolicyOptions.Lora.DEFAULTS));
    try (Learner learner = Learner.open(experiment)) {
      for (int step = 1; step <= 3; step++) {
        StepMetrics metrics =
            learner.train(Steps.batch(step, 4, 4, 49_152, step - 1, 32, 64)).metrics();
        System.out.printf(
            "update %.2f s, peak resident memory %d MiB%n",
            metrics.get("timing_s/update_policy"), peakMib());
      }
    }
    assertThat(peakMib()).isLessThan(DENSE_MIB + REST_MIB);
  }

  private static LearnerOptions learner() {
    return new LearnerOptions(
        2,
        1e-5,
        "constant",
        0,
        0,
        0,
        0.9,
        0.95,
        1e-8,
        0.01,
        1,
        1,
        1,
        512,
        LearnerOptions.Precision.FP32);
  }

  private static long peakMib() throws IOException {
    String line =
        Files.readAllLines(Path.of("/proc/self/status")).stream()
            .filter(l -> l.startsWith("VmHWM"))
            .findFirst()
            .orElseThrow();
    return Long.parseLong(line.replaceAll("\\D+", "")) / 1024;
  }
}
