package dev.kelpie.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.cli.terminal.Failures;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What {@code kelpie export} refuses; it leaves nothing behind then. */
@ExtendWith(FinishedRun.Maker.class)
class BadExportTest {
  private static final ErrorsTable TABLE = ErrorsTable.section("Export");

  private final FinishedRun run;

  @TempDir private Path folder = Path.of("");

  BadExportTest(FinishedRun run) {
    this.run = run;
  }

  @AfterAll
  static void compareWithTheDocumentation() {
    TABLE.check();
  }

  @Test
  void refusesWhatItCannotExport() throws IOException {
    refused("folder that is no run and no model", "empty", "--to", "m");
    refused("number format that is none", "run", "--to", "m", "--dtype", "fp8");
    refused("metric of no evaluation", "run", "--to", "m", "--best", "eval/reward/maen");
    refused("best checkpoint of a folder", "policy", "--to", "m", "--best", "eval/reward/mean");
    refused("direction without a metric", "run", "--to", "m", "--goal", "min");
    refused("merging what has no adapter", "run", "--to", "m", "--merge");
    refused("base of what has no adapter", "run", "--to", "m", "--base", "some/model");
    adapter("nowhere");
    refused("adapter whose base is not there", "adapter", "--to", "m");
    adapter(Shipped.configs().resolve("quickstart/policy").toString());
    refused("base of merged weights", "adapter", "--to", "m", "--merge", "--base", "some/model");
    refused("padding token that is none", "run", "--to", "m", "--pad-token", "<nothing>");
    Files.writeString(folder.resolve("broken.jinja"), "{% for m in messages %}\n{{ m }");
    refused("chat template that is broken", "run", "--to", "m", "--chat-template", "broken.jinja");
    refused("chat template that is missing", "run", "--to", "m", "--chat-template", "no.jinja");
  }

  @Test
  void refusesNumbersThatTheFormatDoesNotHave() throws IOException {
    Path policy = policy();
    Path weights = policy.resolve("model.safetensors");
    byte[] bytes = Files.readAllBytes(weights);
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putFloat(bytes.length - 4, 1e5f);
    Files.write(weights, bytes);
    refused("number beyond fp16", "policy", "--to", "m", "--dtype", "fp16");
  }

  @Test
  void refusesToLoseWhatIsThere() throws IOException {
    Files.createDirectories(folder.resolve("notes"));
    Files.writeString(folder.resolve("notes/a.txt"), "a");
    refused("folder that is there", "run", "--to", "notes");
    refused("folder that is no export", "run", "--to", "notes", "--overwrite");
    policy();
    refused("folder that is exported", "policy", "--to", "policy", "--overwrite");
    assertThat(folder.resolve("notes/a.txt")).hasContent("a");
  }

  @Test
  void namesTheCommandThatMakesAFolderRight() throws IOException {
    Path policy = policy();
    Files.delete(policy.resolve("tokenizer.json"));
    refused("folder without a tokenizer", "policy", "--to", "m");
    Files.writeString(policy.resolve("vocab.json"), "{}");
    refused("folder with an older tokenizer", "policy", "--to", "m");
    Path other = FinishedRun.copy(run.folder(), folder.resolve("copy"));
    Path weights = other.resolve("checkpoints/step-2/learner/policy/model.safetensors");
    Files.move(weights, weights.resolveSibling("pytorch_model.bin"));
    refused("pickled weights", "copy/checkpoints/step-2/learner/policy", "--to", "m");
  }

  private void adapter(String base) throws IOException {
    Files.createDirectories(folder.resolve("adapter"));
    Files.writeString(
        folder.resolve("adapter/adapter_config.json"),
        "{\"peft_type\": \"LORA\", \"r\": 8, \"lora_alpha\": 16, \"target_modules\": [\"q_proj\"],"
            + " \"base_model_name_or_path\": \""
            + base
            + "\"}");
  }

  private Path policy() {
    return FinishedRun.copy(
        Shipped.configs().resolve("quickstart/policy"), folder.resolve("policy"));
  }

  private void refused(String what, String... arguments) throws IOException {
    Files.createDirectories(folder.resolve("empty"));
    List<String> all = new ArrayList<>(List.of("export"));
    for (int i = 0; i < arguments.length; i++) {
      boolean path =
          i == 0 || arguments[i - 1].equals("--to") || arguments[i - 1].equals("--chat-template");
      Path file = arguments[i].equals("run") ? run.folder() : folder.resolve(arguments[i]);
      all.add(path ? file.toString() : arguments[i]);
    }
    CommandLineRun terminal = CommandLineRun.of(all.toArray(String[]::new));
    assertThat(terminal.code()).as(terminal.err()).isEqualTo(Failures.BAD_INPUT);
    assertThat(terminal.err().lines()).hasSize(1);
    assertThat(folder.resolve("m")).doesNotExist();
    try (var left = Files.list(folder)) {
      assertThat(left.map(file -> file.getFileName().toString()))
          .noneMatch(name -> name.startsWith(".m."));
    }
    String line = terminal.err().strip().substring("kelpie: ".length());
    TABLE.add(what, "kelpie export " + String.join(" ", arguments), Refusal.stable(folder, line));
  }
}
