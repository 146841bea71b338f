package dev.kelpie.config.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kelpie.config.ConfigException;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.RolloutOptions;
import dev.kelpie.config.RunOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExperimentFilesTest {
  private static final String INPUTS = "data.path = d.jsonl\npolicy.path = p\n";

  private final Path folder;

  ExperimentFilesTest(@TempDir Path folder) {
    this.folder = folder;
  }

  @Test
  void keepsDefaultsOfKeysThatAreNotWritten() throws IOException {
    Experiment experiment = load(INPUTS + "run.steps = 7").experiment();
    assertThat(experiment.run().steps()).isEqualTo(7);
    assertThat(experiment.run().seed()).isEqualTo(RunOptions.DEFAULTS.seed());
    assertThat(experiment.rollout()).isEqualTo(RolloutOptions.DEFAULTS);
  }

  @Test
  void namesTheRunAfterItsFile() throws IOException {
    assertThat(load(INPUTS).experiment().run().name()).isEqualTo("x");
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "learner.epoch = 2 | learner.epoch: unknown key (expected: epochs?), x.conf:3",
        "lerner.epochs = 2 | lerner: unknown key (expected: learner?), x.conf:3",
        "learner.epochs = two | learner.epochs: two (expected: a whole number), x.conf:3",
        "learner.epochs = 1.5 | learner.epochs: 1.5 (expected: a whole number), x.conf:3",
        "learner.epochs = 3000000000 | learner.epochs: 3000000000 (expected: a whole number in"
            + " [-2147483648, 2147483647]), x.conf:3",
        "run { steps = 4 | Expecting close brace } or a comma, got end of file, x.conf:3",
        "run.steps = \\ | Expecting a value but got wrong token: '\\' (Reserved character '\\' is"
            + " not allowed outside quotes), x.conf:3",
        "learner.epochs = 0 | learner.epochs: 0 (expected: at least 1), x.conf:3",
        "learner = 3 | learner: 3 (expected: a block { ... }), x.conf:3",
        "data.chat = yess | data.chat: yess (expected: true or false), x.conf:3",
        "rollout.top-p = null | rollout.top-p: null (expected: a number), x.conf:3",
        "cluster.stall-after = 5 | cluster.stall-after: 5 (expected: a duration with its unit,"
            + " such as 30s, 500ms or 10m), x.conf:3",
        "rollout.precision = fp31 | rollout.precision: fp31 (expected: fp32? one of auto, fp32,"
            + " bf16, int8), x.conf:3",
        "algorithm.preset = gprp | algorithm.preset: gprp (expected: grpo? one of grpo, ppo,"
            + " dr-grpo, dapo, rloo, prime, reinforce-plus-plus, gspo, online-dpo, online-ipo,"
            + " sppo, rso, kto, best-of-n, spin, xpo, nash-md,"
            + " trl-grpo, trl-rloo, trl-dpo, trl-kto, verl-ppo, verl-grpo, openrlhf-ppo,"
            + " openrlhf-reinforce-plus-plus, prime-rl-default), x.conf:3",
        "learner.minibatches = 7 | learner.minibatches: 7 (expected: a divisor of"
            + " rollout.prompts-per-step 8 x rollout.group-size 8 = 64 responses), x.conf:3",
        "run.steps = ${nothing} | ${nothing}: no such value (expected: a key that is set in this"
            + " file or one it includes), x.conf:3",
        "run.seed = 9223372036854775808 | run.seed: 9223372036854775808 (expected: a whole number"
            + " in [-9223372036854775808, 9223372036854775807]), x.conf:3",
        "run.seed = 1e19 | run.seed: 1.0E19 (expected: a whole number in [-9223372036854775808,"
            + " 9223372036854775807]), x.conf:3",
        "cluster.port = 70000 | cluster.port: 70000 (expected: in [0, 65535]), x.conf:3",
        "cluster.reward-timeout = 0s | cluster.reward-timeout: 0 ms (expected: above 0), x.conf:3",
        "run.seed = 1, run { seed = 2 } | run.seed: given twice (expected: once; the other is in"
            + " line 3), x.conf:3",
        "include \"nope.conf\" | include \"nope.conf\": no such file (expected: a file, named from"
            + " the including file's folder), x.conf:3",
        "include required(\"x.conf\") | include \"x.conf\": loop x.conf -> x.conf (expected: files"
            + " that do not include themselves), x.conf:3",
        "cluster.host = 0.0.0.0 | cluster.host: 0.0.0.0 (expected: a loopback address, because"
            + " nothing is encrypted; or first ./kelpie cluster certificates --out certificates"
            + " ADDRESS, then -D cluster.tls-path=certificates), x.conf:3",
        "dashboard.host = 10.0.0.7 | dashboard.host: 10.0.0.7 (expected: a loopback address,"
            + " because nothing is encrypted; or first ./kelpie cluster certificates --out"
            + " certificates 10.0.0.7, then -D cluster.tls-path=certificates), x.conf:3",
      })
  void saysInOneLineWhatIsWrongAndWhere(String line, String message) {
    assertThatThrownBy(() -> load(INPUTS + line))
        .isInstanceOf(ConfigException.class)
        .hasMessage(message.replace("x.conf:", folder.resolve("x.conf") + ":"));
  }

  @Test
  void placesSyntaxErrors() {
    assertThatThrownBy(() -> load(INPUTS + "run { steps = [1, 2 }\n"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("x.conf:3")
        .extracting(Throwable::getMessage)
        .asString()
        .doesNotContain("\n");
  }

  @Test
  void asksForInputsThatAreMissing() {
    assertThatThrownBy(() -> load("run.steps = 3"))
        .hasMessageStartingWith("data.path: missing (expected: a file of prompts; give it with -D");
    assertThatThrownBy(() -> load("data.path = d.jsonl"))
        .hasMessageStartingWith("policy.path: missing (expected: a checkpoint folder; give it");
  }

  @Test
  void takesByteOrderMarkTabsAndCarriageReturns() throws IOException {
    String text = "\uFEFFdata.path = d.jsonl\r\npolicy.path = p\r\nrun {\r\n\tsteps = 7\r\n}\r\n";
    assertThat(load(text).experiment().run().steps()).isEqualTo(7);
  }

  @Test
  void resolvesPathsAgainstTheFileThatHoldsThem() throws IOException {
    Files.createDirectories(folder.resolve("shared"));
    Files.writeString(folder.resolve("shared/base.conf"), "policy.path = p");
    String text = "include required(\"shared/base.conf\")\ndata.path = d.jsonl";
    Experiment experiment = load(text, "eval.path=e.jsonl").experiment();
    assertThat(experiment.data().path()).isEqualTo(folder.resolve("d.jsonl").toString());
    assertThat(experiment.policy().path()).isEqualTo(folder.resolve("shared/p").toString());
    assertThat(experiment.eval().path()).isEqualTo(Path.of("e.jsonl").toAbsolutePath().toString());
  }

  @Test
  void overridesNeedNoQuotes() throws IOException {
    Experiment experiment =
        load(
                INPUTS,
                "run.steps=4",
                "data.suffix=http://x # y",
                "reward.r.pattern==(\\d{1,3})\\z",
                "cluster.roles=[a, b]")
            .experiment();
    assertThat(experiment.run().steps()).isEqualTo(4);
    assertThat(experiment.data().suffix()).isEqualTo("http://x # y");
    assertThat(experiment.reward())
        .hasEntrySatisfying(
            "r", block -> assertThat(block.values()).containsEntry("pattern", "=(\\d{1,3})\\z"));
    assertThat(experiment.cluster().roles()).containsExactly("a", "b");
  }

  @Test
  void overridesSaySoWhenTheyAreWrong() {
    assertThatThrownBy(() -> load(INPUTS, "run.steps=x"))
        .hasMessage("run.steps: x (expected: a whole number), -D");
    assertThatThrownBy(() -> load(INPUTS, "run.steps")).hasMessageContaining("-D key=value");
  }

  @Test
  void renderedExperimentGivesTheSameExperiment() throws IOException {
    LoadedExperiment first =
        load(
            INPUTS
                + "reward { a { type = regex, pattern = \"\\\"#$\\\\d\" }, \"b c\" { type = t } }\n"
                + "cluster.stall-after = 1500ms\nalgorithm.preset = gspo\n",
            "run.seed=5");
    String text = first.render("0123abc");
    assertThat(text).contains("seed 5").contains("Kelpie 0123abc");
    Path copy = Files.createDirectories(folder.resolve("run")).resolve("experiment.conf");
    Files.writeString(copy, text);
    LoadedExperiment again = ExperimentFiles.load(copy, List.of());
    assertThat(again.experiment()).isEqualTo(first.experiment());
  }

  private LoadedExperiment load(String text, String... overrides) throws IOException {
    Path file = folder.resolve("x.conf");
    Files.writeString(file, text);
    return ExperimentFiles.load(file, List.of(overrides));
  }
}
