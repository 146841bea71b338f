package dev.kelpie.cli;

import dev.kelpie.cli.BadConfigTest.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** Low-rank adapters that an experiment cannot have. */
class BadAdapterTest {
  private static final ErrorsTable TABLE = ErrorsTable.section("Adapters");

  static final List<Kind> REFUSED =
      List.of(
          new Kind("rank below 0", "policy.lora.rank = -1"),
          new Kind("alpha of 0", "policy.lora { rank = 8, alpha = 0 }"),
          new Kind("no targets", "policy.lora { rank = 8, targets = [] }"),
          new Kind("key of an adapter that is not there", "policy.lora { rank = 8, ranks = 8 }"),
          new Kind(
              "a pattern beside names",
              "policy.lora { rank = 8, targets = [q_proj, \".*_proj\"] }"),
          new Kind("rank of an adapter that is read", "policy.lora { rank = 8, path = x }"),
          new Kind("dropout of everything", "policy.lora { rank = 8, dropout = 1 }"),
          new Kind("dropout beside an adapter", "policy.lora { path = x, dropout = 0.1 }"),
          new Kind(
              "modules to save beside an adapter",
              "policy.lora { path = x, modules-to-save = [lm_head] }"),
          new Kind("adapter on fresh weights", "policy { init = random, lora.rank = 8 }"),
          new Kind("adapter that is not there", "policy.lora.path = nowhere"),
          new Kind("adapter and critic", "policy.lora.rank = 8, value.kind = separate"),
          new Kind(
              "adapter and a reference that moves",
              "policy.lora.rank = 8, reference.schedule = ema"),
          new Kind(
              "adapter and a reference of its own", "policy.lora.rank = 8, reference.path = y"),
          new Kind("adapter and iterations", "policy.lora.rank = 8, iterations.steps = 2"),
          new Kind("adapter and members", "policy.lora.rank = 8, members.gold.column = answer"),
          new Kind(
              "adapter and an iterate of the policy",
              "policy.lora.rank = 8, models.now.policy = current"));

  @TempDir private Path folder = Path.of("");

  @BeforeEach
  void writeWhatIsIncluded() throws IOException {
    SmallExperiment.write(folder, "policy.init = checkpoint");
  }

  @AfterAll
  static void compareWithTheDocumentation() {
    TABLE.check();
  }

  @ParameterizedTest
  @FieldSource("REFUSED")
  void isRefusedWithKeyValueExpectationAndPlace(Kind kind) throws IOException {
    TABLE.add(kind.what(), kind.written(), kind.refusal(folder));
  }

  @Test
  void adapterOfOtherSettingsIsRefused() throws IOException {
    Map<String, String> refused = new LinkedHashMap<>();
    refused.put("adapter that is no LoRA", "{\"peft_type\": \"IA3\"}");
    refused.put("rank of an adapter below 1", "{\"peft_type\": \"LORA\", \"r\": 0}");
    refused.put("DoRA", "{\"peft_type\": \"LORA\", \"r\": 8, \"use_dora\": true}");
    refused.put(
        "unknown key of an adapter", "{\"peft_type\": \"LORA\", \"r\": 8, \"lora_alhpa\": 16}");
    refused.put(
        "dropout of an adapter that is read",
        "{\"peft_type\": \"LORA\", \"r\": 8, \"lora_alpha\": 16, \"target_modules\": [\"q_proj\"],"
            + " \"lora_dropout\": 1}");
    for (Map.Entry<String, String> settings : refused.entrySet()) {
      Path adapter = Files.createDirectories(folder.resolve("adapter"));
      Files.writeString(adapter.resolve("adapter_config.json"), settings.getValue());
      Path file = folder.resolve("x.conf");
      Files.writeString(file, "include required(\"small.conf\")\npolicy.lora.path = adapter");
      TABLE.add(settings.getKey(), settings.getValue(), Refusal.of(folder, file.toString()));
    }
  }
}
