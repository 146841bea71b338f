package dev.kelpie.cli.export;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.kelpie.cli.CommandLineRun;
import dev.kelpie.cli.FinishedRun;
import dev.kelpie.cli.Shipped;
import dev.kelpie.model.ChatTemplate;
import dev.kelpie.model.Checkpoint;
import dev.kelpie.model.Dtypes;
import dev.kelpie.model.Tokenizer;
import dev.kelpie.wire.arrow.WeightHash;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(FinishedRun.Maker.class)
class ExportCommandTest {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final FinishedRun run;

  @TempDir private Path folder = Path.of("");

  ExportCommandTest(FinishedRun run) {
    this.run = run;
  }

  @Test
  void writesTheWeightsOfTheNewestCheckpointAsTheyAre() throws IOException {
    CommandLineRun done = export(run.folder(), "m");
    assertThat(done.out()).contains("step 2 of " + run.folder() + " in fp32, 3.2 MB");
    String expected =
        JSON.readTree(run.folder().resolve("summary.json").toFile()).path("policy-sha256").asText();
    assertThat(hash("m")).isEqualTo(expected).hasSize(64);
    Tokenizer.open(folder.resolve("m")).close();
    try (var left = Files.list(folder)) {
      assertThat(left.map(file -> file.getFileName().toString())).containsExactly("m");
    }
  }

  @Test
  void theCardHasConfigurationDataAndHeldOutNumbers() throws Exception {
    export(run.folder(), "m");
    String card = Files.readString(folder.resolve("m/README.md"));
    assertThat(card)
        .startsWith("---\nlibrary_name: transformers\n")
        .contains("- \"grpo\"", "weights after step 2 of 2 of the run `quickstart`", "seed 1")
        .contains("data.max-prompt-tokens = 16\n", "eval.samples = 16\n", "| train.jsonl | 8192 |")
        .doesNotContain(Shipped.configs().toString());
    double after = measured("eval/reward/mean", 2);
    double before = measured("eval/reward/mean", 0);
    assertThat(card)
        .contains("    - type: \"eval/reward/mean\"\n      value: " + after + "\n")
        .contains(
            String.format(Locale.ROOT, "| `eval/reward/mean` | %.4g | %.4g |", before, after));
    var svg =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(folder.resolve("m/curves.svg").toFile());
    // two steps have a reward, and the start and the end an evaluation
    var curves = svg.getElementsByTagName("polyline");
    assertThat(curves.getLength()).isEqualTo(2);
    for (int i = 0; i < 2; i++) {
      String points = curves.item(i).getAttributes().getNamedItem("points").getNodeValue();
      assertThat(points.strip().split(" ", -1)).hasSize(2);
    }
  }

  private double measured(String metric, long step) throws IOException {
    double found = Double.NaN;
    for (String line : Files.readAllLines(run.folder().resolve("metrics.jsonl"))) {
      var json = JSON.readTree(line);
      if (json.path("step").asLong() == step && json.has(metric)) {
        found = json.path(metric).asDouble();
      }
    }
    return found;
  }

  @Test
  void narrowsToTheNearest() throws IOException {
    export(run.folder(), "b", "--dtype", "bf16");
    export(run.folder(), "h", "--dtype", "fp16");
    List<Float> exact = first(run.checkpoint().resolve("learner/policy"));
    List<Float> bf16 = first(folder.resolve("b"));
    List<Float> fp16 = first(folder.resolve("h"));
    assertThat(JSON.readTree(folder.resolve("b/config.json").toFile()).path("dtype").asText())
        .isEqualTo("bfloat16");
    for (int i = 0; i < exact.size(); i++) {
      // 8 bits of mantissa with the hidden one: half a unit is 2^-9; of 11 bits 2^-12
      assertThat(Math.abs(bf16.get(i) / exact.get(i) - 1)).isLessThanOrEqualTo(0x1p-8f);
      assertThat(Math.abs(fp16.get(i) / exact.get(i) - 1)).isLessThanOrEqualTo(0x1p-11f);
    }
    assertThat(bf16).isNotEqualTo(exact);
  }

  /** The numbers of the last norm, which are near 1. */
  private static List<Float> first(Path policy) {
    List<Float> values = new ArrayList<>();
    try (Checkpoint weights = Checkpoint.open(policy)) {
      var norm =
          weights.tensors().stream()
              .filter(tensor -> tensor.name().equals("model.norm.weight"))
              .findFirst()
              .orElseThrow();
      weights.read(
          norm,
          1 << 20,
          chunk -> {
            var floats =
                Dtypes.convert(chunk, norm.dtype(), "F32")
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .asFloatBuffer();
            while (floats.hasRemaining()) {
              values.add(floats.get());
            }
          });
    }
    return values;
  }

  @Test
  void theBestCheckpointIsThatOfTheBestValueOfItsMetric() throws IOException {
    Path copy = run.copy(folder.resolve("copy"));
    Path earlier = copy.resolve("checkpoints/step-1");
    FinishedRun.copy(copy.resolve("checkpoints/step-2"), earlier);
    Path manifest = earlier.resolve("MANIFEST.json");
    Files.writeString(
        manifest, Files.readString(manifest).replaceFirst("\"step\" ?: ?2", "\"step\" : 1"));
    Files.writeString(
        copy.resolve("metrics.jsonl"),
        """
        {"format":1,"step":0,"eval/x":9}
        {"format":1,"step":1,"eval/x":3}
        {"format":1,"step":2,"eval/x":2}
        """);
    assertThat(export(copy, "max", "--best", "eval/x").out()).contains("step 1 of ");
    assertThat(export(copy, "min", "--best", "eval/x", "--goal", "min").out())
        .contains("step 2 of ");
    assertThat(export(copy, "new").out()).contains("step 2 of ");
  }

  @Test
  void templateAndPaddingTokenAreReplaced() throws IOException {
    Path template = folder.resolve("t.jinja");
    Files.writeString(template, "{% for m in messages %}[{{ m['content'] }}]{% endfor %}");
    export(run.folder(), "m", "--chat-template", template.toString(), "--pad-token", "</s>");
    Path model = folder.resolve("m");
    assertThat(ChatTemplate.open(model)).isPresent();
    assertThat(model.resolve("chat_template.jinja")).hasSameTextualContentAs(template);
    assertThat(JSON.readTree(model.resolve("tokenizer_config.json").toFile()).path("pad_token"))
        .hasToString("\"</s>\"");
    for (String file : List.of("config.json", "generation_config.json")) {
      assertThat(JSON.readTree(model.resolve(file).toFile()).path("pad_token_id").asInt())
          .isEqualTo(2);
    }
  }

  @Test
  void aFolderGetsTheStopsThatPythonNeeds() throws IOException {
    Path policy =
        FinishedRun.copy(Shipped.configs().resolve("quickstart/policy"), folder.resolve("policy"));
    Files.delete(policy.resolve("generation_config.json"));
    Path named = Files.createDirectory(policy.resolve("additional_chat_templates"));
    Files.writeString(named.resolve("default.jinja"), "{{ messages | length }}");
    export(policy, "m");
    assertThat(JSON.readTree(folder.resolve("m/generation_config.json").toFile()))
        .hasToString("{\"eos_token_id\":2}");
    assertThat(folder.resolve("m/additional_chat_templates/default.jinja"))
        .hasContent("{{ messages | length }}");
    assertThat(folder.resolve("m/README.md")).content().contains("from a checkpoint folder");
  }

  @Test
  void overwriteReplacesTheWholeFolder() throws IOException {
    export(run.folder(), "m");
    Files.writeString(folder.resolve("m/other.txt"), "x");
    String before = hash("m");
    export(Shipped.configs().resolve("quickstart/policy"), "m", "--overwrite");
    assertThat(hash("m")).isNotEqualTo(before);
    assertThat(folder.resolve("m/other.txt")).doesNotExist();
  }

  @Test
  void thePartOfAKilledExportIsDeleted() throws Exception {
    Process ended = new ProcessBuilder("true").start();
    ended.waitFor();
    Path part = Files.createDirectory(folder.resolve(".m.part-" + ended.pid()));
    Files.writeString(part.resolve("config.json"), "{}");
    export(run.folder(), "m");
    assertThat(part).doesNotExist();
  }

  private String hash(String name) {
    try (Checkpoint weights = Checkpoint.open(folder.resolve(name))) {
      return WeightHash.of(weights);
    }
  }

  private CommandLineRun export(Path from, String name, String... more) {
    List<String> arguments =
        new ArrayList<>(
            List.of("export", from.toString(), "--to", folder.resolve(name).toString()));
    arguments.addAll(List.of(more));
    CommandLineRun done = CommandLineRun.of(arguments.toArray(String[]::new));
    assertThat(done.code()).as(done.err()).isZero();
    return done;
  }
}
