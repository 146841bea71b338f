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
          new Kind("wrong type", "learner.epochs = two"),
          new Kind("value out of range", "rollout.top-p = 1.5"),
          new Kind("negative number", "rollout.temperature = -1"),
          new Kind("not a number", "rollout.temperature = NaN"),
          new Kind("misspelt choice", "rollout.precision = fp31"),
          new Kind("included file that is missing", "include required(\"nope.conf\")"),
          new Kind("file that includes itself", "include required(\"x.conf\")"),
          new Kind("reference to nothing", "run.steps = ${nothing}"),
          new Kind("key given twice", "run.seed = 1, run { seed = 2 }"),
          new Kind(
              "two rewards of one name", "reward { r { type = format }, r { type = length } }"),
          new Kind("time without unit", "cluster.stall-after = 5"),
          new Kind("time with an unknown unit", "cluster.stall-after = 5 fortnights"),
          new Kind("time that does not pass", "cluster.stall-after = 0s"),
          new Kind("keys that contradict", "algorithm.kl.coef = 0.1, reference.schedule = none"),
          new Kind("evaluation of nothing", "eval { every = 5, path = \"\" }"),
          new Kind("one port for two", "cluster { port = 4711, bulk-port = 4711 }"),
          new Kind("group of one for GRPO", "rollout.group-size = 1"),
          new Kind("batch that does not divide", "learner.minibatches = 7"),
          new Kind("units that do not divide", "rollout.unit-prompts = 3"),
          new Kind("unknown preset", "algorithm.preset = gprp"),
          new Kind("unknown loss", "algorithm.loss.type = ppo-clop"),
          new Kind("unknown option of a loss", "algorithm.loss.clip-hihg = 0.3"),
          new Kind(
              "loss without its reference",
              "algorithm { loss.type = ref-kl, kl.coef = 0 }, reference.schedule = none"),
          new Kind("loss over pairs without pairs", "algorithm.loss.type = sigmoid"),
          new Kind("pairs for a policy loss", "algorithm.pairing.type = best-worst"),
          new Kind(
              "unknown pairing", "algorithm { preset = online-dpo, pairing.type = bestworst }"),
          new Kind(
              "pairs of groups of one", "algorithm.preset = online-dpo, rollout.group-size = 1"),
          new Kind(
              "loss over pairs without its reference",
              "algorithm.preset = online-dpo, reference.schedule = none"),
          new Kind("steps that make no whole iterations", "run.steps = 80, iterations.steps = 3"),
          new Kind(
              "iterations of an asynchronous run", "iterations.steps = 2, async.max-staleness = 1"),
          new Kind(
              "iterations with a reference that moves at every step",
              "iterations.steps = 2, reference.schedule = ema"),
          new Kind("share of replay above 1", "iterations.replay = [0.3, 1.5]"),
          new Kind("extrapolation without a length", "iterations.advance.type = extrapolate"),
          new Kind("length of an advance that copies", "iterations.advance.alpha = 0.3"),
          new Kind(
              "stage that sets what cannot change",
              "iterations.stages = [{ until = 1, set { run.seed = 2 } }]"),
          new Kind(
              "stage that sets a path",
              "iterations.stages = [{ until = 1, set { policy.path = other } }]"),
          new Kind(
              "stage with a wrong value",
              "iterations.stages = [{ until = 1, set { learner.epochs = 0 } }]"),
          new Kind("stage that sets nothing", "iterations.stages = [{ until = 1 }]"),
          new Kind(
              "stages out of order",
              "iterations.stages = [{ until = 2, set { learner.epochs = 2 } }, { until = 1, set {"
                  + " learner.epochs = 3 } }]"),
          new Kind(
              "branch that is discarded and averaged",
              "iterations { branch.discard = true, advance { type = average, alpha = 0.5 } }"),
          new Kind(
              "label outside [0, 1]",
              "algorithm { preset = online-dpo, label { type = constant, probability = 1.5 } }"),
          new Kind(
              "label by a reward that is not there",
              "algorithm { preset = online-dpo, label { type = votes, between = [anwser] } }"),
          new Kind(
              "regression without targets",
              "algorithm { preset = online-dpo, loss.type = regress-response }"),
          new Kind(
              "probability for a loss that takes none",
              "algorithm { preset = online-dpo, loss.type = apo-zero, label { type = scores } }"),
          new Kind(
              "loss over pairs of named members",
              "algorithm { preset = online-dpo, loss.type = xpo }"),
          new Kind(
              "term that needs advantages",
              "algorithm { preset = online-dpo, terms.more.loss.type = ppo-clip }"),
          new Kind("unknown reward", "reward.answer.type = regx"),
          new Kind(
              "KL importance without a KL term",
              "algorithm { kl.coef = 0, loss { type = ppo-clip, kl-importance = ratio } }"),
          new Kind(
              "reward by a model that is not there",
              "models.now.policy = current, reward.own { type = log-ratio, of = now, to = nwo }"),
          new Kind("model that nothing uses", "models.now.policy = current"),
          new Kind(
              "model that is a checkpoint and an iterate",
              "models.now { path = y, policy = current }"),
          new Kind(
              "reference that is two models",
              "models.now.policy = initial, reference { model = now, path = y }"),
          new Kind("template that drops the prompt", "variants.x.template = \"Say something\""),
          new Kind(
              "variant of pairs that is not there",
              "algorithm { preset = online-dpo, pairing.variants.chosen = lng },"
                  + " variants.long.template = \"A {prompt}\""),
          new Kind("comparison that nothing uses", "compare.type = scores"),
          new Kind("group reward without a comparison", "group-reward.type = win-rate"),
          new Kind(
              "comparison that is not there", "group-reward.type = win-rate, compare.type = judge"),
          new Kind(
              "comparison for a group reward that compares nothing",
              "group-reward { type = pagerank, tests = [answer] }, compare.type = scores"),
          new Kind(
              "group reward of a reward that is not there",
              "group-reward { type = pagerank, tests = [anwser] }"),
          new Kind(
              "group reward of groups of one",
              "rollout.group-size = 1, group-reward.type = rank, compare.type = scores,"
                  + " algorithm.advantage.type = reinforce-return"),
          new Kind(
              "group reward for an estimator of parts",
              "group-reward.type = rank, compare.type = scores, algorithm.advantage.type = gdpo"),
          new Kind("factor of nothing", "reward.answer.combine = multiply"),
          new Kind("factor without a threshold", "reward.answer.above = 2"),
          new Kind("condition without a column", "reward.answer.when.equals = open"),
          new Kind("direction of one component", "directions.columns = [v]"),
          new Kind(
              "spread of a reward that is not there",
              "algorithm.dynamic-sampling { enabled = true, metric = anwser }"),
          new Kind(
              "spread of groups of one",
              "rollout.group-size = 1, algorithm { dynamic-sampling.enabled = true,"
                  + " advantage.type = reinforce-return }"),
          new Kind(
              "length penalty for pairs",
              "algorithm { preset = online-dpo, overlong.share = 0.2 }"),
          new Kind(
              "constraint on a reward that is not there", "algorithm.constraints.anwser.limit = 1"),
          new Kind(
              "constraint on a loss without advantages",
              "algorithm { loss.type = sft, constraints.answer.limit = 1 }"),
          new Kind(
              "entropy weight outside its bounds",
              "algorithm { entropy { target = 1, max = 0.1 }, entropy-coef = 0.5 }"),
          new Kind(
              "refills for a greedy baseline",
              "algorithm { advantage.type = remax, dynamic-sampling.enabled = true }"),
          new Kind("unknown engine", "rollout.engine = dlj"),
          new Kind("run name with a slash", "run.name = a/b"),
          new Kind("seed out of range", "run.seed = 9223372036854775808"),
          new Kind("address open to others", "cluster.host = 0.0.0.0"),
          new Kind("syntax error", "run { steps = 5"),
          new Kind("include by URL", "include url(\"http://example.org/x.conf\")"),
          new Kind("include by URL in quotes", "include \"http://example.org/x.conf\""),
          new Kind("include from the class path", "include classpath(\"x.conf\")"),
          new Kind("include by an absolute path", "include required(\"/etc/x.conf\")"));

  static final List<Kind> TAKEN =
      List.of(
          new Kind("byte order mark", "\uFEFFinclude required(\"small.conf\")\nrun.steps = 7"),
          new Kind("tabs", "include required(\"small.conf\")\nrun {\n\tsteps\t=\t7\n}"),
          new Kind("CRLF line ends", "include required(\"small.conf\")\r\nrun.steps = 7\r\n"));

  @TempDir private Path folder = Path.of("");

  /** What is written in the second line of a file, below an {@code include}. */
  record Kind(String what, String written) {
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
    String line = Refusal.of(folder, file("include required(\"small.conf\")\n" + kind.written()));
    assertThat(line).contains("x.conf:2");
    // The reward moody is there for tests only.
    TABLE.add(kind.what(), kind.written(), line.replace(", moody", ""));
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
