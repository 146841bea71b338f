package dev.kelpie.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** Experiment files that cannot be run, and some that look as if they could not. */
class BadConfigTest {
  private static final ErrorsTable TABLE = ErrorsTable.section("Experiment files");

  static final List<Kind> REFUSED =
      List.of(
          new Kind("misspelt block", "lerner.epochs = 2"),
          new Kind("misspelt key", "rollout.temprature = 1"),
          new Kind("tracker without an address", "tracking.mlflow-url = \"localhost\""),
          new Kind(
              "tracker with a password in its address",
              "tracking.mlflow-url = \"http://a:b@localhost:5000\""),
          new Kind(
              "tracker without an experiment",
              "tracking { mlflow-url = \"http://localhost:5000\", experiment = \"\" }"),
          new Kind("wrong type", "learner.epochs = two"),
          new Kind("value out of range", "rollout.top-p = 1.5"),
          new Kind("negative number", "rollout.temperature = -1"),
          new Kind("not a number", "rollout.temperature = NaN"),
          new Kind("misspelt choice", "rollout.precision = fp31"),
          new Kind("format that only generation has", "learner.precision = int8"),
          new Kind("included file that is missing", "include required(\"nope.conf\")"),
          new Kind("file that includes itself", "include required(\"x.conf\")"),
          new Kind("reference to nothing", "run.steps = ${nothing}"),
          new Kind("key given twice", "run.seed = 1, run { seed = 2 }"),
          new Kind(
              "two rewards of one name", "reward { r { type = format }, r { type = length } }"),
          new Kind("time without unit", "cluster.stall-after = 5"),
          new Kind("time with an unknown unit", "cluster.stall-after = 5 fortnights"),
          new Kind("time that does not pass", "cluster.stall-after = 0s"),
          new Kind("evaluation of nothing", "eval { every = 5, path = \"\" }"),
          new Kind(
              "best checkpoint by a metric that no evaluation has",
              "checkpoint.best = eval/reward/maen, eval { every = 5, path = rows.jsonl }"),
          new Kind(
              "best checkpoint of a run that measures none",
              "checkpoint.best = eval/reward/mean, eval.path = rows.jsonl"),
          new Kind(
              "gate by a metric that no evaluation has",
              "gate.metric = eval/reward/maen, eval { every = 5, path = rows.jsonl }"),
          new Kind(
              "gate of a run that measures nothing on the way",
              "gate.metric = eval/reward/mean, eval.path = rows.jsonl"),
          new Kind(
              "rollback to a checkpoint that is not kept",
              "gate { metric = eval/reward/mean, action = rollback }, eval { every = 5, path ="
                  + " rows.jsonl }"),
          new Kind(
              "rollback of samples of any age",
              "gate { metric = eval/reward/mean, action = rollback }, eval { every = 5, path ="
                  + " rows.jsonl }, checkpoint.best = eval/reward/mean, async.max-staleness = 1"),
          new Kind(
              "rollback with the patience of a stop",
              "gate { metric = eval/reward/mean, action = rollback, patience = 5 }"),
          new Kind(
              "rollbacks that never happen",
              "gate { metric = eval/reward/mean, rollback.fall = 0.1 }"),
          new Kind(
              "rollback after a rise",
              "gate { metric = eval/reward/mean, action = rollback, rollback.fall = -1 }"),
          new Kind(
              "promotion of everything", "gate { metric = eval/reward/mean, action = promote }"),
          new Kind("gate without patience", "gate { metric = eval/reward/mean, patience = 0 }"),
          new Kind("gate without a metric", "gate.patience = 5"),
          new Kind("one port for two", "cluster { port = 4711, bulk-port = 4711 }"),
          new Kind("batch that does not divide", "learner.minibatches = 7"),
          new Kind("units that do not divide", "rollout.unit-prompts = 3"),
          new Kind("unknown engine", "rollout.engine = dlj"),
          new Kind("run name with a slash", "run.name = a/b"),
          new Kind("seed out of range", "run.seed = 9223372036854775808"),
          new Kind("address open to others", "cluster.host = 0.0.0.0"),
          new Kind("bound address open to others", "cluster.bind-host = 0.0.0.0"),
          new Kind("syntax error", "run { steps = 5"),
          new Kind("include by URL", "include url(\"http://example.org/x.conf\")"),
          new Kind("include by URL in quotes", "include \"http://example.org/x.conf\""),
          new Kind("include from the class path", "include classpath(\"x.conf\")"),
          new Kind("include by an absolute path", "include required(\"/etc/x.conf\")"),
          new Kind(
              "reference by a model that is not there",
              "reference.model = nwo, algorithm.kl.coef = 0.1"));

  static final List<Kind> TAKEN =
      List.of(
          new Kind("byte order mark", "\uFEFFinclude required(\"small.conf\")\nrun.steps = 7"),
          new Kind("tabs", "include required(\"small.conf\")\nrun {\n\tsteps\t=\t7\n}"),
          new Kind("CRLF line ends", "include required(\"small.conf\")\r\nrun.steps = 7\r\n"));

  @TempDir private Path folder = Path.of("");

  /** What is written in the second line of a file, below an {@code include}. */
  record Kind(String what, String written) {
    /**
     * The line that it gets, with its place: the second line, or the preset that is named there.
     */
    String refusal(Path folder) throws IOException {
      Path file = folder.resolve("x.conf");
      Files.writeString(file, "include required(\"small.conf\")\n" + written);
      String line = Refusal.of(folder, file.toString());
      assertThat(line).matches(".*, (x\\.conf:2|rows\\.jsonl:1|preset [a-z-]+)");
      // The reward moody is there for tests only.
      return line.replace(", moody", "");
    }

    @Override
    public String toString() {
      return what;
    }
  }

  @BeforeEach
  void writeWhatIsIncluded() throws IOException {
    SmallExperiment.write(folder, "policy.init = random");
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

  @ParameterizedTest
  @FieldSource("TAKEN")
  void isTakenAsItIs(Kind kind) throws IOException {
    CommandLineRun terminal = CommandLineRun.of("validate", file(kind.written()));
    assertThat(terminal.code()).as(terminal.out()).isZero();
    String line = terminal.out().lines().findFirst().orElse("");
    assertThat(line).contains("x.conf: 7 steps");
    String shown = kind.written().replace("\uFEFF", "\\uFEFF").replace("\t", "\\t");
    TABLE.add(kind.what(), shown.replace("\r", "\\r").replace("\n", "\\n"), line);
  }

  @Test
  void fileThatIsNotThereIsNamed() {
    String line = Refusal.of(folder, folder.resolve("nowhere.conf").toString());
    TABLE.add("experiment file that is missing", "kelpie train nowhere.conf", line);
  }

  @Test
  void overrideWithoutAValueIsRefused() {
    String file = folder.resolve("small.conf").toString();
    TABLE.add("-D without a value", "-D run.steps", Refusal.of(folder, file, "-D", "run.steps"));
  }

  @Test
  void overrideOfAnUnknownKeyIsRefused() {
    String file = folder.resolve("small.conf").toString();
    String line = Refusal.of(folder, file, "-D", "run.step=5");
    assertThat(line).endsWith(", -D");
    TABLE.add("-D with a misspelt key", "-D run.step=5", line);
  }

  @Test
  void moreIncludesThanTheBoundAreRefused() throws IOException {
    Files.writeString(folder.resolve("empty.conf"), "");
    String text = "include required(\"empty.conf\")\n".repeat(201);
    String line = Refusal.of(folder, file(text));
    TABLE.add("more than 200 includes", "include required(\"empty.conf\"), 201 times", line);
  }

  @Test
  void longerChainOfIncludesThanTheBoundIsRefused() throws IOException {
    for (int i = 2; i <= 21; i++) {
      String text = i == 21 ? "" : "include required(\"" + (i + 1) + ".conf\")";
      Files.writeString(folder.resolve(i + ".conf"), text);
    }
    String line = Refusal.of(folder, file("include required(\"2.conf\")"));
    TABLE.add("chain of 21 files", "include required(\"2.conf\"), and so on to 21.conf", line);
  }

  @Test
  void includeBehindALinkIsRefused() throws IOException {
    Files.createDirectories(folder.resolve("there/inside"));
    Files.createSymbolicLink(folder.resolve("link"), folder.resolve("there/inside"));
    String text = "include required(\"link/../small.conf\")";
    TABLE.add("include by '..' behind a link", text, Refusal.of(folder, file(text)));
  }

  @Test
  void valuesBeyondTheBoundsAreRefused() throws IOException {
    String keys =
        IntStream.range(0, 10_001).mapToObj(i -> "k" + i + " = 1\n").collect(Collectors.joining());
    TABLE.add("10,001 keys", "k0 = 1, k1 = 1, ...", Refusal.of(folder, file(keys)));
    TABLE.add(
        "one key 101 times by substitutions",
        "a = ${?b}, a = ${?b}, ...",
        Refusal.of(folder, file("a = ${?b}\n".repeat(101))));
    String lists = "a = " + "[".repeat(101) + "]".repeat(101);
    TABLE.add("lists 101 deep", "a = [[[[...", Refusal.of(folder, file(lists)));
    String large = "# " + "x".repeat(1 << 20);
    TABLE.add("file of more than 1 MiB", "# xxx...", Refusal.of(folder, file(large)));
  }

  private String file(String text) throws IOException {
    return Files.writeString(folder.resolve("x.conf"), text).toString();
  }
}
