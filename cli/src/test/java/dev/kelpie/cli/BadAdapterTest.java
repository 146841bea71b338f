package dev.kelpie.cli;

import dev.kelpie.cli.BadConfigTest.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
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

  /** Rank 8 of q_proj in a model of 4 layers of width 128: A is [8, 128], B is [128, 8]. */
  @Test
  void weightsThatDoNotFitTheBaseAreRefused() throws IOException {
    Map<String, List<String>> refused = new LinkedHashMap<>();
    refused.put("adapter of another base: A of [8, 64]", tensors(4, 8, 64));
    refused.put("adapter of another rank: A of [4, 128]", tensors(4, 4, 128));
    refused.put("adapter without a target: q_proj of layer 3", tensors(3, 8, 128));
    for (Map.Entry<String, List<String>> weights : refused.entrySet()) {
      Path adapter = Files.createDirectories(folder.resolve("adapter"));
      Files.writeString(
          adapter.resolve("adapter_config.json"),
          "{\"peft_type\": \"LORA\", \"r\": 8, \"lora_alpha\": 16,"
              + " \"target_modules\": [\"q_proj\"]}");
      Files.write(adapter.resolve("adapter_model.safetensors"), safetensors(weights.getValue()));
      Path file = folder.resolve("x.conf");
      Files.writeString(file, "include required(\"small.conf\")\npolicy.lora.path = adapter");
      String[] what = weights.getKey().split(": ", 2);
      TABLE.add(what[0], what[1], Refusal.of(folder, file.toString()));
    }
  }

  /** The tensors of PEFT, as name and sizes. */
  private static List<String> tensors(int layers, int rank, int width) {
    List<String> tensors = new ArrayList<>();
    for (int layer = 0; layer < layers; layer++) {
      String module = "base_model.model.model.layers." + layer + ".self_attn.q_proj.";
      tensors.add(module + "lora_A.weight " + rank + " " + width);
      tensors.add(module + "lora_B.weight " + width + " " + rank);
    }
    return tensors;
  }

  /** Zeros in float32. */
  private static byte[] safetensors(List<String> tensors) {
    StringBuilder header = new StringBuilder("{");
    int end = 0;
    for (String tensor : tensors) {
      String[] parts = tensor.split(" ", -1);
      int start = end;
      end += 4 * Integer.parseInt(parts[1]) * Integer.parseInt(parts[2]);
      header
          .append(header.length() > 1 ? "," : "")
          .append(
              String.format(
                  Locale.ROOT,
                  "\"%s\":{\"dtype\":\"F32\",\"shape\":[%s,%s],\"data_offsets\":[%d,%d]}",
                  parts[0],
                  parts[1],
                  parts[2],
                  start,
                  end));
    }
    byte[] json = header.append('}').toString().getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(8 + json.length + end)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(json.length)
        .put(json)
        .array();
  }
}
