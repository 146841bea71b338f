package dev.kelpie.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** Rows with responses, and Parquet files, that cannot be trained on. */
class BadDatasetTest {
  private static final ErrorsTable TABLE = ErrorsTable.section("Rows with responses, and Parquet");
  private static final Path PARQUET = Path.of("../rollout/src/test/resources/parquet");
  private static final String PAIR =
      "{\"id\": 1, \"prompt\": \"1+1?\", \"chosen\": \"2\", \"rejected\": \"3\"}";
  private static final String LABELLED =
      "{\"prompt\": \"1+1?\", \"completion\": \"2\", \"label\": true}";
  private static final String SCORED =
      "{\"prompt\": \"1+1?\", \"responses\": [\"2\", \"3\"], \"scores\": [1, 0]}";
  private static final String PAIRS = "data.form = pairs";
  private static final String LISTS = "data.form = scored";
  private static final String LABELS =
      "data.form = unpaired, algorithm { preset = kto, response-label.type = threshold }";

  static final List<Kind> REFUSED =
      List.of(
          rows("responses of a data set of prompts", "", PAIR),
          rows("pair without the better response", PAIRS, PAIR, PAIR.replace("chosen", "chose")),
          rows("form that is not there", "data.form = pair", PAIR),
          rows("better response that is a number", PAIRS, PAIR.replace("\"2\"", "2")),
          rows("worse response that is missing", PAIRS, PAIR.replace("\"3\"", "null")),
          rows(
              "row without the prompt",
              LISTS,
              SCORED,
              SCORED.replace("\"prompt\": \"1+1?\", ", "")),
          rows(
              "rows of two forms", PAIRS, PAIR, "{\"chosen\": \"1+1?2\", \"rejected\": \"1+1?3\"}"),
          rows(
              "responses without a common start",
              PAIRS,
              "{\"chosen\": \"1+1?2\", \"rejected\": \"2+1?3\"}"),
          rows("messages without a chat", PAIRS, PAIR.replace("\"2\"", "[{\"role\": \"user\"}]")),
          rows(
              "the same text under two ids",
              PAIRS + ", data.id = id",
              PAIR,
              PAIR.replace("\"id\": 1", "\"id\": 3")),
          rows("one id for two rows", PAIRS + ", data.id = id", PAIR, PAIR.replace("1+1", "2+1")),
          rows("label that is no boolean", LABELS, LABELLED.replace("true", "1")),
          rows("label that is text", LABELS, LABELLED.replace("true", "\"true\"")),
          rows("score that is text", LISTS, SCORED.replace("[1, 0]", "[1, \"0\"]")),
          rows("fewer scores than responses", LISTS, SCORED.replace("[1, 0]", "[1]")),
          rows("score that is not finite", LISTS, SCORED.replace("[1, 0]", "[1, 1e999]")),
          rows("dialogue without its marks", "data.form = turns", PAIR),
          rows("images", PAIRS, PAIR.replace("\"id\": 1", "\"images\": [\"x.png\"]")),
          rows("letters that the tokenizer does not have", PAIRS, PAIR.replace("\"2\"", "\"two\"")),
          rows(
              "groups for a loss that compares none",
              LABELS + ", algorithm.loss.type = sigmoid",
              LABELLED),
          rows("share of a step that is no prompt", PAIRS + ", rollout.mix = 0.01", PAIR),
          rows("sampled members of a file's groups", PAIRS + ", members.old.from = earlier", PAIR),
          rows("Parquet by its name only", PAIRS + ", data.format = parquet", PAIR),
          parquet("Parquet without a column", "data.chosen = better", "snappy.parquet"),
          parquet("Parquet: column of another type", "data.chosen = unread", "plain.parquet"),
          parquet("Parquet: column of lists", "data.chosen = responses", "snappy.parquet"),
          parquet("Parquet: another compression", "data.chosen = kind", "lz4.parquet"),
          new Kind(
              "Parquet: row without its ground truth",
              "data.answer = reward_model.ground_truth, null in row 3",
              "algorithm.preset = grpo, data { path = rows.parquet,"
                  + " format = parquet, chat = true, answer = reward_model.ground_truth },"
                  + " policy.path = chatting",
              folder -> {
                copy(Shipped.configs().resolve("quickstart/policy"), folder.resolve("chatting"));
                Files.writeString(folder.resolve("chatting/chat_template.jinja"), "1+1?");
                Files.copy(
                    PARQUET.resolve("verl-without-truth.parquet"), folder.resolve("rows.parquet"));
              }),
          parquet("Parquet without rows", "", "empty.parquet"),
          new Kind(
              "Parquet: torn footer",
              "the last 10 bytes are gone",
              PAIRS + ", data { path = rows.parquet, format = parquet }",
              folder -> {
                byte[] whole = Files.readAllBytes(PARQUET.resolve("snappy.parquet"));
                Files.write(
                    folder.resolve("rows.parquet"), Arrays.copyOf(whole, whole.length - 10));
              }),
          new Kind(
              "Parquet: encrypted",
              "ends with PARE",
              PAIRS + ", data { path = rows.parquet, format = parquet }",
              folder -> {
                byte[] whole = Files.readAllBytes(PARQUET.resolve("snappy.parquet"));
                whole[whole.length - 1] = 'E';
                Files.write(folder.resolve("rows.parquet"), whole);
              }),
          new Kind(
              "Parquet read as JSON lines",
              "data.path = rows.parquet",
              PAIRS + ", data.path = rows.parquet",
              folder ->
                  Files.copy(PARQUET.resolve("snappy.parquet"), folder.resolve("rows.parquet"))));

  @TempDir private Path folder = Path.of("");

  private interface Spoiler {
    void spoil(Path folder) throws IOException;
  }

  /**
   * A data set.
   *
   * @param input what is odd about it
   * @param written what the experiment file says of it
   */
  record Kind(String what, String input, String written, Spoiler spoiler) {
    @Override
    public String toString() {
      return what;
    }
  }

  private static Kind rows(String what, String written, String... lines) {
    String input = lines[lines.length - 1];
    return new Kind(
        what,
        written.isEmpty() || written.equals(PAIRS) ? input : written + " with " + input,
        written,
        folder -> Files.writeString(folder.resolve("rows.jsonl"), String.join("\n", lines)));
  }

  private static Kind parquet(String what, String written, String file) {
    String format = PAIRS + ", data { path = rows.parquet, format = parquet }";
    return new Kind(
        what,
        written.isEmpty() ? "a file of no rows" : written,
        written.isEmpty() ? format : format + ", " + written,
        folder -> Files.copy(PARQUET.resolve(file), folder.resolve("rows.parquet")));
  }

  @AfterAll
  static void compareWithTheDocumentation() {
    TABLE.check();
  }

  @ParameterizedTest
  @FieldSource("REFUSED")
  void isRefusedWithPlaceAndExpectation(Kind kind) throws IOException {
    String line = refusal(kind.written(), kind.spoiler());
    assertThat(line).containsAnyOf("rows.jsonl", "rows.parquet", "x.conf:2", "preset ");
    TABLE.add(kind.what(), kind.input(), line.replace(", moody", ""));
  }

  @Test
  void templateThatDropsThePromptIsRefused() throws IOException {
    copy(Shipped.configs().resolve("quickstart/policy"), folder.resolve("policy"));
    String template = "{{ messages[-1].content }}";
    Files.writeString(folder.resolve("policy/chat_template.jinja"), template);
    String user = "[{\"role\": \"user\", \"content\": \"1+1?\"}]";
    String row =
        String.format(
            "{\"prompt\": %s, \"chosen\": %s, \"rejected\": %s}",
            user,
            user.replace("user", "assistant").replace("1+1?", "2"),
            user.replace("user", "assistant").replace("1+1?", "3"));
    String line =
        refusal(
            PAIRS + ", policy.path = policy, data.chat = true",
            folder -> Files.writeString(folder.resolve("rows.jsonl"), row));
    assertThat(line).contains("drops the prompt");
    TABLE.add("template that drops the prompt", template, line);
  }

  private String refusal(String written, Spoiler spoiler) throws IOException {
    SmallExperiment.write(folder, "policy.init = random");
    spoiler.spoil(folder);
    String preset = written.contains("preset") ? "" : ", algorithm.preset = online-dpo";
    Path file = folder.resolve("x.conf");
    Files.writeString(
        file,
        "include required(\"small.conf\")\nrollout.engine = "
            + (written.contains("chatting") ? "djl" : "dataset")
            + preset
            + (written.isEmpty() ? "" : ", " + written));
    return Refusal.of(folder, file.toString());
  }

  private static void copy(Path from, Path to) throws IOException {
    Files.walkFileTree(
        from,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes)
              throws IOException {
            Files.createDirectories(to.resolve(from.relativize(folder).toString()));
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.copy(file, to.resolve(from.relativize(file).toString()));
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
