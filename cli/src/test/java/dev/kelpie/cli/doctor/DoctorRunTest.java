package dev.kelpie.cli.doctor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.kelpie.cli.CommandLineRun;
import dev.kelpie.cli.Shipped;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/**
 * Short runs of the shipped experiments, each made to show one rule; with {@code
 * -Dkelpie.rules=NAME,...} only those.
 */
class DoctorRunTest {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private static final String PAIRS = "pairs.conf";
  private static final String SWAPPED =
      "algorithm.label.type=constant algorithm.label.probability=0";

  /**
   * A run that shows a rule.
   *
   * @param overrides with a space between them
   */
  record Ill(String rule, String config, int steps, String overrides) {
    @Override
    public String toString() {
      return rule;
    }
  }

  static final List<Ill> ILL =
      List.of(
          new Ill(
              "over-optimisation",
              "quickstart.conf",
              16,
              "reward.answer.weight=0 reward.length.type=length reward.length.penalty=0"
                  + " reward.length.per-token=0.1"),
          new Ill(
              "length-growth",
              "quickstart.conf",
              16,
              "reward.answer.weight=0 reward.length.type=length reward.length.penalty=0"
                  + " reward.length.per-token=0.1"),
          new Ill(
              "mostly-clipped",
              "quickstart.conf",
              6,
              "learner.epochs=4 learner.minibatches=4 algorithm.loss.clip-low=1e-7"
                  + " algorithm.loss.clip-high=1e-7 reward.length.type=length"
                  + " reward.length.penalty=0 reward.length.per-token=0.1"),
          new Ill(
              "reward-failures",
              "quickstart.conf",
              4,
              "reward.moody.type=moody reward.moody.mood=sometimes reward.moody.weight=0"),
          new Ill("truncated-responses", "quickstart.conf", 6, "rollout.max-new-tokens=6"),
          new Ill("reward-without-change", "quickstart.conf", 10, "reward.answer.pattern=(never)"),
          new Ill("groups-without-spread", "quickstart.conf", 10, "rollout.temperature=0.01"),
          new Ill("never-clipped", "quickstart.conf", 20, "learner.learning-rate=1e-10"),
          new Ill(
              "kl-blow-up",
              "quickstart.conf",
              5,
              "learner.learning-rate=3e-3 learner.epochs=6 learner.max-grad-norm=100"),
          new Ill(
              "loss-is-zero",
              "quickstart.conf",
              3,
              "learner.minibatches=1 algorithm.aggregation=seq-mean-token-mean"),
          new Ill("value-explains-nothing", "quickstart-ppo.conf", 20, "value.learning-rate=1e-10"),
          new Ill("skipped-steps", "quickstart-dpo.conf", 10, "rollout.temperature=0.01"),
          // the sides are swapped: what the file calls chosen is unlearned
          new Ill("ranking-below-chance", PAIRS, 14, SWAPPED),
          new Ill("chosen-likelihood-falls", PAIRS, 14, SWAPPED),
          new Ill(
              "rollout-and-learner-apart",
              "quickstart.conf",
              10,
              "async.max-staleness=4 learner.learning-rate=1e-3 algorithm.loss.correction=token-tis"
                  + " algorithm.loss.correction-high=2"),
          new Ill("not-finite", "quickstart.conf", 6, "learner.learning-rate=1e30"));

  @TempDir private Path folder = Path.of("");

  /** An experiment on three pairs of a file. */
  private Path pairs() throws IOException {
    Files.writeString(
        folder.resolve("pairs.jsonl"),
        """
        {"prompt": "7+5*3-8?", "chosen": "5*3=15,7+15=22,22-8=14", "rejected": "7+5=12,12*3=36,36-8=28"}
        {"prompt": "9-2*4+1?", "chosen": "2*4=8,9-8=1,1+1=2", "rejected": "9-2=7,7*4=28,28+1=29"}
        {"prompt": "6+3*2?", "chosen": "3*2=6,6+6=12", "rejected": "=18"}
        """);
    return Files.writeString(
        folder.resolve(PAIRS),
        """
        policy.path = "%s"
        data { path = "pairs.jsonl", form = pairs }
        rollout { engine = dataset, prompts-per-step = 3 }
        algorithm.preset = online-dpo
        learner { learning-rate = 1e-4, threads = 2 }
        run.seed = 1
        """
            .formatted(Shipped.configs().resolve("quickstart/policy").toAbsolutePath()));
  }

  @Tag("slow")
  @ParameterizedTest
  @FieldSource("ILL")
  void aRunThatShowsARuleIsFoundByIt(Ill ill) throws IOException {
    assumeThat(System.getProperty("kelpie.rules", ill.rule())).contains(ill.rule());
    Path run = folder.resolve("run");
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "train",
                (ill.config().equals(PAIRS) ? pairs() : Shipped.configs().resolve(ill.config()))
                    .toString(),
                "--run-dir",
                run.toString()));
    List<String> overrides = new ArrayList<>(List.of(ill.overrides().split(" ", -1)));
    overrides.add("run.steps=" + ill.steps());
    overrides.add("eval.path=\"\"");
    overrides.add("dashboard.enabled=false");
    overrides.forEach(override -> arguments.addAll(List.of("-D", override)));
    CommandLineRun trained = CommandLineRun.of(arguments.toArray(String[]::new));
    assertThat(trained.out()).as(trained.err()).contains(ill.rule());
    JsonNode findings =
        JSON.readTree(CommandLineRun.of("doctor", run.toString(), "--json").out()).get("findings");
    assertThat(StreamSupport.stream(findings.spliterator(), false))
        .extracting(finding -> finding.get("rule").asText())
        .contains(ill.rule());
  }
}
