package dev.kelpie.cli.export;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.kelpie.cli.CommandLineRun;
import dev.kelpie.cli.FinishedRun;
import dev.kelpie.cli.Shipped;
import dev.kelpie.cli.terminal.Failures;
import dev.kelpie.model.Checkpoint;
import dev.kelpie.model.Tokenizer;
import dev.kelpie.model.architecture.ModelConfig;
import dev.kelpie.model.merged.AdapterFolder;
import dev.kelpie.model.merged.PolicyWeights;
import dev.kelpie.wire.arrow.WeightHash;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Exports of a run that trains a low-rank adapter. */
class ExportAdapterTest {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  @TempDir private Path folder = Path.of("");

  @Test
  void anAdapterIsWrittenAloneOrMergedAndOnlyForItsBase() throws Exception {
    Path base =
        FinishedRun.copy(Shipped.configs().resolve("quickstart/policy"), folder.resolve("base"));
    train(base);
    Path trained = folder.resolve("run/checkpoints/step-1/learner/policy");

    assertThat(export("alone").out()).contains("step 1 of ", " in fp32");
    ModelConfig config = ModelConfig.open(base);
    try (AdapterFolder written = AdapterFolder.open(folder.resolve("alone"), config);
        AdapterFolder kept = AdapterFolder.open(trained, config)) {
      assertThat(WeightHash.of(written)).isEqualTo(WeightHash.of(kept));
      assertThat(written.config()).isEqualTo(kept.config());
    }
    assertThat(AdapterFolder.base(folder.resolve("alone"))).isEqualTo(base);
    Tokenizer.open(folder.resolve("alone")).close();
    assertThat(folder.resolve("alone/model.safetensors")).doesNotExist();

    export("merged", "--merge");
    try (Checkpoint written = Checkpoint.open(folder.resolve("merged"));
        Checkpoint without = Checkpoint.open(base);
        PolicyWeights merged = PolicyWeights.open(base, Optional.of(trained))) {
      assertThat(WeightHash.of(written))
          .isEqualTo(WeightHash.of(merged))
          .isNotEqualTo(WeightHash.of(without));
    }
    assertThat(folder.resolve("merged/adapter_config.json")).doesNotExist();

    export("named", "--dtype", "bf16", "--base", "some/model", "--chat-template", template());
    JsonNode settings = JSON.readTree(folder.resolve("named/adapter_config.json").toFile());
    assertThat(settings.path("base_model_name_or_path").asText()).isEqualTo("some/model");
    assertThat(settings.path("r").asInt()).isEqualTo(2);
    assertThat(folder.resolve("named/chat_template.jinja")).exists();
    assertThat(folder.resolve("named/README.md"))
        .content()
        .startsWith("---\nlibrary_name: peft\n")
        .contains("base_model: \"some/model\"\n", "- \"lora\"\n", "AutoPeftModelForCausalLM")
        .doesNotContain(folder.toString());

    Path weights = base.resolve("model.safetensors");
    byte[] bytes = Files.readAllBytes(weights);
    bytes[bytes.length - 4] ^= 1;
    Files.write(weights, bytes);
    CommandLineRun refused = run("other", "--merge");
    assertThat(refused.code()).isEqualTo(Failures.BAD_INPUT);
    assertThat(refused.err().lines()).hasSize(1);
    assertThat(refused.err()).contains("the adapter of another base than the weights in " + base);
    assertThat(folder.resolve("other")).doesNotExist();
  }

  private void train(Path base) {
    List<String> arguments =
        new ArrayList<>(List.of("train", Shipped.configs().resolve("quickstart.conf").toString()));
    arguments.addAll(List.of("--run-dir", folder.resolve("run").toString()));
    for (String override :
        List.of(
            "eval.path=",
            "rollout.prompts-per-step=4",
            "policy.init=checkpoint",
            "policy.path=\"" + base + "\"",
            "policy.lora={ rank = 2, targets = [q_proj, down_proj] }",
            "learner.learning-rate=0.01",
            "run.steps=1")) {
      arguments.addAll(List.of("-D", override));
    }
    CommandLineRun done = CommandLineRun.of(arguments.toArray(String[]::new));
    assertThat(done.code()).as(done.err()).isZero();
  }

  private String template() throws IOException {
    Path file = folder.resolve("t.jinja");
    Files.writeString(file, "{% for m in messages %}[{{ m['content'] }}]{% endfor %}");
    return file.toString();
  }

  private CommandLineRun export(String name, String... more) {
    CommandLineRun done = run(name, more);
    assertThat(done.code()).as(done.err()).isZero();
    return done;
  }

  private CommandLineRun run(String name, String... more) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "export",
                folder.resolve("run").toString(),
                "--to",
                folder.resolve(name).toString()));
    arguments.addAll(List.of(more));
    return CommandLineRun.of(arguments.toArray(String[]::new));
  }
}
