package dev.kelpie.cli.methods;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.kelpie.cli.CommandLineRun;
import dev.kelpie.cli.Shipped;
import dev.kelpie.config.Experiment;
import dev.kelpie.experience.FinishReason;
import dev.kelpie.experience.GivenResponse;
import dev.kelpie.experience.Origin;
import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.learner.scoring.Classifier;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;

/** Methods that train a reward model. */
final class RewardModelMethods {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final int END = 2; // </s>

  static final List<Method> ALL =
      List.of(
          Method.rewardModel(
              "eurus",
              RewardModelMethods::absolute,
              "reward-model.held-out=0",
              "reward-model.batch-size=32"),
          Method.rewardModel("world-pm", RewardModelMethods::pretrained),
          Method.rewardModel("rm.context", RewardModelMethods::context),
          Method.rewardModel(
              "gpo.general-preference",
              RewardModelMethods::cycle,
              "reward-model.held-out=0",
              "reward-model.batch-size=81"));

  private RewardModelMethods() {}

  private static void absolute(MethodRuns runs) throws IOException {
    // c = 1, r = -1: -ls(2) - 2 ls(1) = 0.1269 + 2 x 0.3133
    assertThat(absolute(1, -1)).isCloseTo(0.7535, within(5e-5));
    Recorded run = runs.whole();
    assertThat(run.metric(1, "reward_model/loss")).isCloseTo(3 * Math.log(2), within(1e-6));
    // The second update saw all 32 pairs under the weights of the first.
    Recorded first = runs.with("reward-model.steps=1");
    double sum = 0;
    List<double[]> scores = scores(first, "pairs.jsonl");
    for (double[] pair : scores) {
      sum += absolute(pair[0], pair[1]);
    }
    assertThat(scores).hasSize(32);
    assertThat(run.metric(2, "reward_model/loss")).isCloseTo(sum / 32, within(1e-4));
    // Chosen responses end up above 0 and rejected ones below.
    for (double[] pair : scores(runs.with("reward-model.steps=20"), "pairs.jsonl")) {
      assertThat(pair[0]).isPositive();
      assertThat(pair[1]).isNegative();
    }
  }

  private static double absolute(double chosen, double rejected) {
    return -Numbers.ls(chosen - rejected) - Numbers.ls(chosen) - Numbers.ls(-rejected);
  }

  private static void pretrained(MethodRuns runs) throws IOException {
    Recorded run = runs.whole();
    // Both updates, between which the resumed training was stopped, are within one pass.
    assertThat(run.rewardModel().at("/data/training-pairs").asInt()).isGreaterThan(2 * 8);
    assertThat(run.metric(1, "reward_model/loss")).isCloseTo(Math.log(2), within(1e-6));
    Recorded whole = runs.with("reward-model.steps=0", "reward-model.epochs=4");
    Recorded further = runs.with("policy.path=" + whole.folder(), "reward-model.steps=1");
    assertThat(further.metric(1, "reward_model/loss")).isLessThan(Math.log(2));
    String families =
        measured(
            "world-pm",
            whole,
            "--by",
            "family",
            "--pairs",
            Shipped.configs().resolve("methods/votes.jsonl").toString());
    assertThat(families)
        .contains("  objective: accuracy", "  adversarial: accuracy", "  subjective: accuracy");
  }

  private static void context(MethodRuns runs) throws IOException {
    JsonNode blind = heldOut(runs.with("reward-model.variant=\"\"", "reward-model.steps=30"));
    assertThat(blind.path("accuracy").asDouble()).isEqualTo(0.5);
    Recorded run = runs.with("reward-model.steps=30");
    assertThat(heldOut(run).path("accuracy").asDouble()).isGreaterThan(0.95);
    String file = Shipped.configs().resolve("methods/flipped.jsonl").toString();
    assertThat(measured("rm.context", run, "--pairs", file)).contains("accuracy 1.0000");
    assertThat(measured("rm.context", run, "--pairs", file, "-D", "reward-model.variant=\"\""))
        .contains("accuracy 0.5000");
  }

  private static void cycle(MethodRuns runs) throws IOException {
    Recorded run = runs.whole();
    Recorded first = runs.with("reward-model.steps=1");
    double[] margins;
    try (Classifier classifier = classifier(first)) {
      margins = classifier.margins(rows("cycles.jsonl", "chosen", "rejected"));
      double[] swapped = classifier.margins(rows("cycles.jsonl", "rejected", "chosen"));
      double[] same = classifier.margins(rows("cycles.jsonl", "chosen", "chosen"));
      for (int i = 0; i < margins.length; i++) {
        assertThat(margins[i] + swapped[i]).isCloseTo(0, within(1e-5));
        assertThat(same[i]).isCloseTo(0, within(1e-5));
      }
    }
    // The second update saw all 81 pairs under the weights of the first.
    double loss = Arrays.stream(margins).map(margin -> -Numbers.ls(margin)).sum() / 81;
    assertThat(margins).hasSize(81);
    assertThat(run.metric(2, "reward_model/loss")).isCloseTo(loss, within(1e-4 * (1 + loss)));
    String[] learning = {
      "reward-model.steps=30", "reward-model.held-out=0.2", "reward-model.batch-size=16"
    };
    assertThat(heldOut(runs.with(learning)).path("accuracy").asDouble()).isEqualTo(1);
    List<String> scalar = new ArrayList<>(List.of(learning));
    scalar.addAll(List.of("reward-model.loss=null", "reward-model.loss.type=bradley-terry"));
    // A scalar ranks at most two of the three pairs of a cycle.
    assertThat(heldOut(runs.with(scalar.toArray(String[]::new))).path("accuracy").asDouble())
        .isLessThanOrEqualTo(2 / 3.0);
  }

  static JsonNode heldOut(Recorded run) throws IOException {
    return run.rewardModel().at("/models/0/held-out");
  }

  /** What {@code kelpie eval} prints of a reward model. */
  static String measured(String id, Recorded run, String... more) {
    List<String> arguments =
        new ArrayList<>(
            List.of("eval", MethodRuns.file(id), "--reward-model", run.folder().toString()));
    arguments.addAll(List.of(more));
    CommandLineRun terminal = CommandLineRun.of(arguments.toArray(String[]::new));
    assertThat(terminal.code()).as(terminal.out() + terminal.err()).isZero();
    return terminal.out();
  }

  /** The scores of the chosen and the rejected response of each row. */
  private static List<double[]> scores(Recorded run, String file) throws IOException {
    try (Classifier classifier = classifier(run)) {
      return classifier.scores(rows(file, "chosen", "rejected"));
    }
  }

  static Classifier classifier(Recorded run) {
    return Classifier.open(Experiment.DEFAULTS, run.folder(), OptionalInt.empty());
  }

  /** The rows of a file with the responses of two of their columns. */
  private static List<Prompt> rows(String file, String one, String other) throws IOException {
    return rows(file, one, other, row -> Map.of());
  }

  /** The rows of a file of pairs, with some of their columns. */
  static List<Prompt> rows(String file, Function<JsonNode, Map<String, String>> columns)
      throws IOException {
    return rows(file, "chosen", "rejected", columns);
  }

  private static List<Prompt> rows(
      String file, String one, String other, Function<JsonNode, Map<String, String>> columns)
      throws IOException {
    List<Prompt> prompts = new ArrayList<>();
    for (String line : Files.readAllLines(Shipped.configs().resolve("methods/" + file))) {
      JsonNode row = JSON.readTree(line);
      prompts.add(
          new Prompt(
              "row " + prompts.size(),
              "",
              Weights.encoded(row.path("prompt").asText()),
              Optional.empty(),
              columns.apply(row),
              List.of(response(row, one), response(row, other))));
    }
    return prompts;
  }

  private static GivenResponse response(JsonNode row, String side) {
    TokenIds text = Weights.text(row.path(side).asText());
    int[] ended = Arrays.copyOf(text.toArray(), text.length() + 1);
    ended[text.length()] = END;
    return new GivenResponse(Origin.POLICY, "", TokenIds.of(ended), FinishReason.STOP);
  }
}
