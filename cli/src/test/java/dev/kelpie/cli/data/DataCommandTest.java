package dev.kelpie.cli.data;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.kelpie.cli.CommandLineRun;
import dev.kelpie.cli.Shipped;
import dev.kelpie.config.ConfigBlock;
import dev.kelpie.config.DataOptions;
import dev.kelpie.config.file.ExperimentFiles;
import dev.kelpie.model.Tokenizer;
import dev.kelpie.rollout.JsonlPromptSource;
import dev.kelpie.rollout.ReadOptions;
import dev.kelpie.rollout.rows.ReadProgress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataCommandTest {
  private static final Path POLICY = Shipped.configs().resolve("quickstart/policy");
  private static final Path PARQUET = Path.of("../rollout/src/test/resources/parquet");

  @TempDir private Path folder = Path.of("");

  @Test
  void countsColumnsAndDuplicates() throws IOException {
    Path file =
        write(
            "rows.jsonl",
            "{\"prompt\": \"1+1?\", \"answer\": \"2\"}",
            "{\"answer\": \"2\", \"prompt\": \"1+1?\"}",
            "{\"prompt\": \"1+1?\", \"answer\": 3}",
            "{\"prompt\": \"2+1?\", \"answer\": null, \"level\": 4}");
    JsonNode found = json(file.toString());
    assertThat(found.path("rows").asInt()).isEqualTo(4);
    assertThat(found.path("columns").path("answer"))
        .hasToString("{\"text\":2,\"number\":1,\"null\":1}");
    assertThat(found.path("columns").path("level")).hasToString("{\"number\":1}");
    // line 2 has the values of line 1 in another order; lines 2 and 3 have its prompt
    assertThat(found.path("duplicates"))
        .hasToString("{\"rows\":1,\"prompts\":2,\"first\":[\"rows.jsonl:2 is rows.jsonl:1\"]}");
    // a null is no answer
    assertThat(found.path("refused").asInt()).isZero();
    assertThat(found.path("data").asText()).contains("answer = \"\"");
    JsonNode named = json(file.toString(), "-D", "data.answer=answer");
    assertThat(named.path("refused").asInt()).isEqualTo(1);
    assertThat(named.path("problems").get(0).asText()).endsWith("rows.jsonl:4");
  }

  @Test
  void anotherFormIsReadWithItsOwnColumns() throws IOException {
    Path file = write("rows.jsonl", "{\"question\": \"1+1?\", \"output\": \"2\", \"label\": 2}");
    assertThat(json(file.toString()).path("data").asText())
        .contains("form = demonstrations", "prompt = question", "completion = output");
    String other =
        json(file.toString(), "-D", "data.form=prompts", "-D", "data.answer=label")
            .path("data")
            .asText();
    assertThat(other).contains("prompt = question", "answer = label").doesNotContain("completion");
  }

  @Test
  void findsHeldOutPrompts() throws IOException {
    Path train =
        write(
            "train.jsonl",
            "{\"question\": \"A  b?\", \"answer\": 1}",
            "{\"question\": \"c?\", \"answer\": 1}",
            "{\"question\": \"c?\", \"answer\": 1}",
            "{\"question\": \"d?\", \"answer\": 1}");
    Path heldOut =
        write(
            "held-out.jsonl",
            "{\"prompt\": [{\"role\": \"system\", \"content\": \"s\"}, {\"role\": \"user\","
                + " \"content\": \"c?\"}]}",
            "{\"prompt\": [{\"role\": \"user\", \"content\": \"a b?\"}]}",
            "{\"prompt\": [{\"role\": \"user\", \"content\": \"e?\"}]}");
    JsonNode found = json(train.toString(), "--against", heldOut.toString()).path("against");
    assertThat(found.path("prompts").asInt()).isEqualTo(3);
    assertThat(found.path("found").asInt()).isEqualTo(1);
    assertThat(found.path("found-but-for-case-and-spaces").asInt()).isEqualTo(2);
    assertThat(found.path("overlapping-rows").asInt()).isEqualTo(2);
    assertThat(found.path("first").get(0).asText()).isEqualTo("train.jsonl:2 is held-out.jsonl:1");
  }

  @Test
  void countsTokensAsTrainingDoes() throws IOException {
    Path pairs = Shipped.configs().resolve("quickstart/pairs.jsonl");
    JsonNode found = json(pairs.toString(), "--tokenizer", POLICY.toString(), "--rows", "1");
    assertThat(found.path("form").asText()).isEqualTo("preference pairs of TRL");
    JsonNode lengths = found.path("lengths");
    assertThat(lengths.path("unit").asText()).isEqualTo("tokens");
    assertThat(lengths.path("every").asInt()).isEqualTo(1);
    // the block that was printed reads the file
    Path experiment = folder.resolve("x.conf");
    Files.writeString(
        experiment,
        "include required(\""
            + folder.toAbsolutePath().relativize(Path.of(Shipped.quickstart()))
            + "\")\n"
            + found
                .path("data")
                .asText()
                .replaceFirst("path = \"[^\"]*\"", "path = \"" + pairs + "\"")
            + "\nrollout.engine = dataset, algorithm.preset = online-dpo, eval.path = \"\"\n");
    DataOptions data = ExperimentFiles.load(experiment, List.of()).experiment().data();
    try (JsonlPromptSource source =
        JsonlPromptSource.open(
            pairs, data, Tokenizer.open(POLICY), Optional.empty(), 1, ReadOptions.DEFAULTS)) {
      int longest = 0;
      int responses = 0;
      for (int i = 0; i < source.size(); i++) {
        longest = Math.max(longest, source.inFileOrder(i).tokens().length());
        for (var given : source.inFileOrder(i).responses()) {
          responses = Math.max(responses, given.tokens().length());
        }
      }
      assertThat(lengths.path("prompt").path("longest").asInt()).isEqualTo(longest);
      assertThat(lengths.path("response").path("longest").asInt()).isEqualTo(responses);
      JsonNode first = found.path("first").get(0);
      assertThat(first.path("tokens").get(0))
          .hasSameSizeAs(source.inFileOrder(0).tokens().toArray());
      assertThat(first.path("texts").get(0).asText()).isEqualTo(source.inFileOrder(0).text());
    }
    int counted =
        StreamSupport.stream(lengths.path("prompt").path("bins").spliterator(), false)
            .mapToInt(bin -> bin.get(2).asInt())
            .sum();
    assertThat(counted).isEqualTo(found.path("rows").asInt());
  }

  @Test
  void ofManyRowsEncodesEveryKth() throws IOException {
    List<String> rows = new ArrayList<>();
    int count = 138;
    for (int i = 1; i <= count; i++) {
      // 6 tokens with the first one, and 7 in lines that 4 divides
      rows.add(String.format("{\"prompt\": \"%s%03d?\"}", i % 4 == 0 ? "1+" : "1", i));
    }
    Path file = write("many.jsonl", rows.toArray(String[]::new));
    RowSample sample = RowSample.of("FILE", file);
    DataOptions data = ConfigBlock.of("data", Map.of("answer", "")).bind(DataOptions.DEFAULTS);
    try (RowEncoder encoder = RowEncoder.open(POLICY, data)) {
      DataSurvey survey =
          new DataSurvey(
                  file, sample, Optional.of(data), Optional.of(encoder), Optional.empty(), 64)
              .read(sample, ReadProgress.NONE);
      assertThat(survey.rows()).isEqualTo(count);
      // 65 are too many, so every second row; of 138 these are 69, so every fourth
      assertThat(survey.every()).isEqualTo(4);
      assertThat(survey.promptLengths().orElseThrow().bins())
          .containsExactly(new Histogram.Bin(7, 7, 34));
    }
  }

  @Test
  void showsTextForPeople() throws IOException {
    CommandLineRun shown =
        CommandLineRun.of("data", PARQUET.resolve("verl-without-truth.parquet").toString());
    assertThat(shown.code()).as(shown.err()).isZero();
    assertThat(shown.out())
        .contains("verl-without-truth.parquet: 3 rows", "form: prompts of verl")
        .contains("  format = parquet\n", "  answer = \"reward_model.ground_truth\"\n")
        .contains("  chat = true\n", "1 row would be refused:", "prompts in characters: median")
        .contains("reward_model  object 3", "  answer: 1\n");
    CommandLineRun unknown = CommandLineRun.of("data", write("x.jsonl", "{\"a\": 1}").toString());
    assertThat(unknown.code()).isZero();
    assertThat(unknown.out()).contains("form: none that is known", "-D data.prompt=COLUMN");
    CommandLineRun other =
        CommandLineRun.of("data", PARQUET.resolve("gzip.parquet").toString(), "--rows", "0");
    assertThat(other.out()).contains("unread     column unread is of type timestamp_micros");
  }

  private Path write(String name, String... lines) throws IOException {
    return Files.write(folder.resolve(name), List.of(lines));
  }

  private static JsonNode json(String... arguments) throws IOException {
    List<String> all = new ArrayList<>(List.of("data", "--json"));
    all.addAll(List.of(arguments));
    CommandLineRun run = CommandLineRun.of(all.toArray(String[]::new));
    assertThat(run.code()).as(run.err()).isZero();
    return JsonMapper.builder().build().readTree(run.out());
  }
}
