package dev.kelpie.cli;

import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.model.CausalLm;
import dev.kelpie.model.Checkpoint;
import dev.kelpie.model.ParameterLayout;
import dev.kelpie.model.ParameterLayout.Heads;
import dev.kelpie.model.architecture.ModelConfig;
import dev.kelpie.tensors.NativeThread;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;

/** Reward models with the quickstart's vocabulary and random weights. */
public final class RewardModels {
  private static final Path POLICY = Shipped.configs().resolve("quickstart/policy");

  private RewardModels() {}

  private static void drawHead(FloatBuffer head, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    while (head.hasRemaining()) {
      head.put((float) (random.nextDouble() - 0.5));
    }
  }

  /** Writes one into the folder of its {@code name}. */
  public static Path write(Path folder, String name, int labels, long seed) throws IOException {
    Path source = Files.createDirectories(folder.resolve("." + name));
    for (String file : List.of("tokenizer.json", "tokenizer_config.json")) {
      Files.copy(POLICY.resolve(file), source.resolve(file));
    }
    Files.writeString(
        source.resolve("config.json"),
        Files.readString(POLICY.resolve("config.json"))
            .replace("LlamaForCausalLM", "LlamaForSequenceClassification")
            .replace("\"hidden_size\": 128", "\"hidden_size\": 32")
            .replace("\"num_hidden_layers\": 4", "\"num_hidden_layers\": 2")
            .replace("\"intermediate_size\": 352", "\"intermediate_size\": 64")
            .replace("\"initializer_range\": 0.02", "\"initializer_range\": 0.3")
            .replace("\"model_type\"", "\"num_labels\": " + labels + ",\n \"model_type\""));
    Path target = folder.resolve(name);
    try (NativeThread thread = NativeThread.start("reward-model", 1)) {
      return thread.call(
          () -> {
            try (CausalLm model = CausalLm.random(ModelConfig.open(source), Heads.VALUE, seed)) {
              drawHead(model.parameters().bytes(ParameterLayout.SCORE).asFloatBuffer(), seed);
              Checkpoint.write(target, model.snapshot("rm", new PolicyVersion(0)), "F32", source);
            }
            return target;
          });
    }
  }
}
