package dev.kelpie.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.kelpie.cli.terminal.Failures;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** What {@code kelpie reward-model} cannot train on. */
class BadRewardModelTest {
  private static final ErrorsTable TABLE = ErrorsTable.section("Reward models");
  private static final String PAIR =
      "{\"id\": 1, \"prompt\": \"1+1?\", \"chosen\": \"=2\", \"rejected\": \"=3\"}";
  private static final String OTHER = PAIR.replace("1+1", "2+2").replace("\"id\": 1", "\"id\": 2");

  private static final String ROWS = "data.path = rows.jsonl";

  /** Begins the kinds whose experiment has the loss general-preference. */
  private static final String COMPARES = "loss general-preference: ";

  /** Begins the kinds whose experiment has the loss pal. */
  private static final String USERS = "loss pal: ";

  /** Begins the kinds whose experiment trains a process reward model. */
  private static final String STEPS = "completions: ";

  /** Begins the kinds whose experiment has features. */
  private static final String FEATURES = "features: ";

  static final List<Kind> REFUSED =
      List.of(
          new Kind("file of prompts", "data.form = prompts"),
          new Kind("pairs that are all equal", "", PAIR.replace("=3", "=2")),
          new Kind("one prompt, which is held out", "", PAIR),
          new Kind(
              "nothing to hold out from a file of its own",
              "reward-model.held-out = 0.2, eval.pairs-path = held.jsonl",
              PAIR,
              OTHER),
          new Kind(
              "held-out file that shares a prompt",
              "reward-model.held-out = 0.05, eval.pairs-path = held.jsonl",
              PAIR,
              OTHER),
          new Kind("held-out share of everything", "reward-model.held-out = 1"),
          new Kind("run without pairs", "data.path = run"),
          new Kind("epochs beside steps", "reward-model.epochs = 2"),
          new Kind("no model", "reward-model.ensemble = 0"),
          new Kind("loss that is not there", "reward-model.loss.type = bradly-terry"),
          new Kind("label of another loss", "reward-model.loss.label = 0.9"),
          new Kind("label that is no probability", "reward-model.loss { type = soft, label = 2 }"),
          new Kind("margin twice", "reward-model.loss { margin = 1, margin-column = gap }"),
          new Kind("centring that pushes away", "reward-model.loss.center-coef = -1"),
          new Kind("margin that is missing", "reward-model.loss.margin-column = gap", PAIR, OTHER),
          new Kind(
              "margin that is text",
              "reward-model.loss.margin-column = gap",
              PAIR.replace("}", ", \"gap\": \"wide\"}")),
          new Kind(
              "label of a row that is no probability",
              "reward-model.loss { type = soft, label-column = sure }",
              PAIR.replace("}", ", \"sure\": 1.5}")),
          new Kind("variant that is not there", "reward-model.variant = given"),
          new Kind(
              "variant that shows a score",
              "reward-model.variant = goal, variants.goal.template = \"{score} {prompt}\""),
          new Kind(
              "variant of a column that is not there",
              "reward-model.variant = given, variants.given.template = \"{contxt} {prompt}\""),
          new Kind(COMPARES + "vectors of an odd length", "reward-model.loss.dimension = 3"),
          new Kind(COMPARES + "vectors that are all 0", "reward-model.head-std = 0"),
          new Kind(USERS + "no prototype", "reward-model.loss.prototypes = 0"),
          new Kind(USERS + "rows without a user", "reward-model.held-out = 0"),
          new Kind(
              USERS + "user of held-out pairs alone",
              "reward-model.held-out = 0.5",
              user(PAIR, "ann"),
              user(OTHER, "anne")),
          new Kind(
              USERS + "sources beside users",
              "reward-model.source-column = user",
              user(PAIR, "ann"),
              user(OTHER, "ann")),
          new Kind("source that is missing", "reward-model.source-column = family"),
          new Kind("sources of a run", "reward-model.source-column = family, data.path = run"),
          new Kind("strength of one model", "reward-model.strength.models = [a]"),
          new Kind(
              "strength of a model that is not there", "reward-model.strength.models = [a, b]"),
          new Kind(
              "strength of a model of two labels",
              "reward-model.strength.models = [a, b], models { a.path = labels, b.path = labels }"),
          new Kind("strength that flips without models", "reward-model.strength.flip = true"),
          new Kind(
              "strength that flips to a label",
              "reward-model.strength { models = [a, b], flip = true, label = 0.2 }"),
          new Kind(
              "inner step beside sources",
              "reward-model { source-column = family, meta.path = run }"),
          new Kind("inner step without a rate", "reward-model.meta { path = run, rate = 0 }"),
          new Kind("inner step on a run without responses", "reward-model.meta.path = run"),
          new Kind(USERS + "inner step", "reward-model.meta.path = run", user(PAIR, "ann")),
          new Kind(STEPS + "column that is not there", "", PAIR),
          new Kind(STEPS + "fewer labels", "", steps("[\"=1\", \"=2\"]", "[true]")),
          new Kind(STEPS + "label that is a word", "", steps("[\"=2\"]", "[\"good\"]")),
          new Kind(STEPS + "step that has no tokens", "", steps("[\"two\"]", "[true]")),
          new Kind(STEPS + "an ensemble", "reward-model.ensemble = 2", steps("[\"=2\"]", "[true]")),
          new Kind(STEPS + "file of pairs", "data.form = pairs", steps("[\"=2\"]", "[true]")),
          new Kind(
              STEPS + "separator without a token",
              "reward-model.separator = \"\\n\"",
              steps("[\"=2\"]", "[true]")),
          new Kind(FEATURES + "reward that is not there", "reward-model.features = [frist]"),
          new Kind(FEATURES + "feature with a weight", "reward.first.weight = 2"),
          new Kind(FEATURES + "updates of a model", "reward-model.steps = 10"),
          new Kind(
              FEATURES + "held-out file",
              "reward-model.held-out = 0.05, eval.pairs-path = held.jsonl"),
          new Kind(FEATURES + "rows without an answer", "reward-model.held-out = 0"),
          new Kind("several labels", "policy.path = labels", PAIR, OTHER),
          new Kind("head of another width", "policy.path = narrow", PAIR, OTHER));

  @TempDir private Path folder = Path.of("");

  /**
   * A training.
   *
   * @param written what the experiment file says
   * @param rows of the file of pairs
   */
  record Kind(String what, String written, List<String> rows) {
    Kind(String what, String written, String... rows) {
      this(what, written, rows.length == 0 ? List.of(PAIR, OTHER) : List.of(rows));
    }

    String input() {
      String row = rows.get(rows.size() - 1);
      boolean plain = row.equals(OTHER) || (row.equals(PAIR) && !written.isEmpty());
      if (plain) {
        return written;
      }
      return written.isEmpty() ? row : written + " with " + row;
    }

    @Override
    public String toString() {
      return what;
    }
  }

  @AfterAll
  static void compareWithTheDocumentation() {
    TABLE.check();
  }

  @ParameterizedTest
  @FieldSource("REFUSED")
  void isRefusedBeforeAnythingIsWritten(Kind kind) throws IOException {
    Files.write(folder.resolve("rows.jsonl"), kind.rows());
    Files.writeString(folder.resolve("held.jsonl"), OTHER.replace("2", "3") + "\n" + OTHER);
    Files.createDirectories(folder.resolve("run/rollouts"));
    writeClassifiers();
    Path file = folder.resolve("x.conf");
    String shipped =
        Map.of(
                COMPARES, "methods/gpo.general-preference.conf",
                USERS, "methods/pal.conf",
                STEPS, "methods/bare.conf",
                FEATURES, "methods/rm.features.conf")
            .entrySet()
            .stream()
            .filter(base -> kind.what().startsWith(base.getKey()))
            .map(Map.Entry::getValue)
            .findFirst()
            .orElse("pipeline-reward-model.conf");
    String steps =
        kind.what().startsWith(STEPS)
            ? "data.answer = \"\", reward-model.completions = completions"
                + (kind.written().contains("separator") ? "" : ", reward-model.separator = \",\"")
            : "";
    Path base = Shipped.configs().resolve(shipped);
    Files.writeString(
        file,
        String.format(
            "include required(\"%s\")%n%s%n",
            folder.toAbsolutePath().relativize(base),
            String.join(
                ", ",
                Stream.of(kind.written().contains("data.path") ? "" : ROWS, steps, kind.written())
                    .filter(text -> !text.isEmpty())
                    .toList())));
    Path out = folder.resolve("out");
    List<String> arguments =
        new ArrayList<>(List.of("reward-model", file.toString(), "--out", out.toString()));
    CommandLineRun terminal = CommandLineRun.of(arguments.toArray(String[]::new));
    assertThat(terminal.err().lines()).as(terminal.err()).hasSize(1);
    assertThat(terminal.code()).isEqualTo(Failures.BAD_INPUT);
    assertThat(Files.exists(out)).isFalse();
    assertThat(terminal.err()).startsWith("kelpie: ");
    String line = terminal.err().strip().substring("kelpie: ".length());
    TABLE.add(kind.what(), kind.input(), Refusal.stable(folder, line));
  }

  private static String steps(String completions, String labels) {
    return String.format(
        "{\"prompt\": \"1+1?\", \"completions\": %s, \"labels\": %s}", completions, labels);
  }

  private static String user(String row, String name) {
    return row.replace("}", ", \"user\": \"" + name + "\"}");
  }

  /** A reward model with three labels, and one whose head is of another width. */
  private void writeClassifiers() throws IOException {
    Path archive = Path.of("../model/src/test/resources/parity/llama-reward.zip");
    try (FileSystem zip = FileSystems.newFileSystem(archive)) {
      writeClassifiers(zip.getPath("/"));
    }
  }

  private void writeClassifiers(Path model) throws IOException {
    JsonMapper json = JsonMapper.builder().build();
    for (String name : List.of("labels", "narrow")) {
      Path copy = Files.createDirectories(folder.resolve(name));
      for (String file : List.of("config.json", "model.safetensors", "tokenizer.json")) {
        Files.copy(model.resolve(file), copy.resolve(file));
      }
      ObjectNode config = (ObjectNode) json.readTree(copy.resolve("config.json").toFile());
      if (name.equals("labels")) {
        ObjectNode labels = config.putObject("id2label");
        labels.put("0", "bad").put("1", "good").put("2", "best");
      } else {
        byte[] bytes = Files.readAllBytes(copy.resolve("model.safetensors"));
        String weights = new String(bytes, StandardCharsets.ISO_8859_1);
        String head = "\"score.weight\":{\"dtype\":\"F32\",\"shape\":";
        assertThat(weights).contains(head + "[1,48]");
        Files.writeString(
            copy.resolve("model.safetensors"),
            weights.replace(head + "[1,48]", head + "[2,24]"),
            StandardCharsets.ISO_8859_1);
      }
      json.writeValue(copy.resolve("config.json").toFile(), config);
    }
  }

  @Test
  void modelOfTheOtherKindIsNotLeftBesideTheNewOne() throws IOException {
    Path out = Files.createDirectories(folder.resolve("out"));
    for (String[] kind :
        new String[][] {{"eurus", "reward.conf"}, {"rm.features", "model.safetensors"}}) {
      Path earlier = Files.writeString(out.resolve(kind[1]), "");
      Path experiment = Shipped.configs().resolve("methods/" + kind[0] + ".conf");
      CommandLineRun run =
          CommandLineRun.of(
              "reward-model", experiment.toString(), "--out", out.toString(), "--overwrite");
      assertThat(run.code()).isEqualTo(2);
      assertThat(run.err())
          .contains("--out: " + out + " holds a " + kind[1] + " (expected: a new folder)");
      Files.delete(earlier);
    }
  }
}
