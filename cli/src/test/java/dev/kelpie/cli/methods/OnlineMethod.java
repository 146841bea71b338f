package dev.kelpie.cli.methods;

import static dev.kelpie.cli.methods.Numbers.known;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.kelpie.cli.JudgeServer;
import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.ScoredTrajectory;
import dev.kelpie.experience.TrajectoryGroup;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** ONI: judgements arrive while the run goes on, and a reward model learns from them. */
final class OnlineMethod {
  private static final double COEF = 0.5;
  private static final JsonMapper JSON = JsonMapper.builder().build();

  /** Steps wait for the judge, so that two runs join the same judgements. */
  static final List<Method> ALL =
      List.of(
          new Method(
              "oni",
              1,
              List.of("online-reward.patience=60s"),
              Optional.of(JudgeServer::number),
              OnlineMethod::oni,
              false));

  private OnlineMethod() {}

  private static void oni(MethodRuns runs) throws IOException {
    Recorded run = runs.whole();
    List<JsonNode> lines = lines(run);
    requireJudgements(run, lines);
    for (int step = 1; step <= 2; step++) {
      // every score names the version of the model that made it, and so does the journal
      assertThat(lines.get(step - 1).path("version").asInt()).isEqualTo(step - 1);
      assertThat(run.metric(step, "online_reward/version")).isEqualTo(step - 1);
      JsonNode recorded = run.committed(step).path("process-reward");
      assertThat(recorded.path("version").asInt()).isEqualTo(step - 1);
      assertThat(recorded.path("sha256").asText()).hasSize(64);
      for (TrajectoryGroup group : run.samples(step).groups()) {
        requireAdvantages(run, step, lines.get(step - 1).path("scores"), group.members());
      }
    }
    // a head of zeros finds 1/2 and has the loss ln 2, whatever the judgements are
    lines.get(0).path("scores").forEach(score -> assertThat(score.asDouble()).isEqualTo(0.5));
    assertThat(run.metric(2, "online_reward/loss")).isCloseTo(Math.log(2), within(1e-6));
    assertThat(lines.get(1).path("scores")).anyMatch(score -> score.asDouble() != 0.5);
    requireNobodyWaits(runs);
  }

  /** Each distinct text of the first step was asked about once, and joined the second. */
  private static void requireJudgements(Recorded run, List<JsonNode> lines) {
    Set<String> texts = new HashSet<>();
    run.responses(1)
        .forEach(
            one -> texts.add(one.trajectory().prompt().text() + "\n" + one.trajectory().text()));
    JsonNode offered = lines.get(0).path("offered");
    JsonNode joined = lines.get(1).path("joined");
    assertThat(lines.get(0).path("joined")).isEmpty();
    assertThat(offered).hasSameSizeAs(texts);
    assertThat(joined).hasSameSizeAs(texts);
    assertThat(run.metric(2, "online_reward/joined")).isEqualTo(texts.size());
    offered
        .properties()
        .forEach(
            text -> {
              String question =
                  "Question: "
                      + text.getValue().path("prompt").asText()
                      + "\nAnswer: "
                      + text.getValue().path("response").asText()
                      + "\nRate the answer from 0 to 10. Reply with the number only.\n";
              double verdict =
                  Double.parseDouble(JudgeServer.number(question).replaceAll("\\D", ""));
              assertThat(joined.path(text.getKey()).asDouble())
                  .isCloseTo(verdict / 10, within(1e-9));
            });
  }

  /** Advantages of GRPO of the sums of the reward and the model's probability. */
  private static void requireAdvantages(
      Recorded run, int step, JsonNode scores, List<ScoredTrajectory> group) {
    int n = group.size();
    double[] sums = new double[n];
    double mean = 0;
    for (int i = 0; i < n; i++) {
      ScoredTrajectory one = group.get(i);
      sums[i] = one.reward() + COEF * scores.path(one.trajectory().id().toString()).asDouble();
      mean += sums[i] / n;
    }
    double squares = 0;
    for (double sum : sums) {
      squares += (sum - mean) * (sum - mean) / (n - 1);
    }
    for (int i = 0; i < n; i++) {
      PerToken found = known(run.samples(step).advantages().get(group.get(i).trajectory().id()));
      double expected = (sums[i] - mean) / (Math.sqrt(squares) + 1e-6);
      assertThat((double) found.get(0)).isCloseTo(expected, within(1e-3));
    }
  }

  /** A judge that never answers holds up no step; nothing is learned from it, and nothing is 0. */
  private static void requireNobodyWaits(MethodRuns runs) throws IOException {
    Set<String> asked = new HashSet<>(runs.asked());
    try (JudgeServer paused = JudgeServer.start(question -> "")) {
      Recorded run = runs.with("models.judge.url=" + paused.url(), "online-reward.patience=0s");
      for (int step = 1; step <= 2; step++) {
        assertThat(run.metric(step, "online_reward/joined")).isZero();
        assertThat(run.metric(step, "online_reward/waiting")).isPositive();
        assertThat(run.metric(step, "online_reward/version")).isZero();
        lines(run)
            .get(step - 1)
            .path("scores")
            .forEach(score -> assertThat(score.asDouble()).isEqualTo(0.5));
      }
      assertThat(paused.asked()).isNotEmpty().doesNotHaveDuplicates();
    }
    // the runs of two steps, in one process and resumed, asked about the same texts: once each
    for (String question : asked) {
      assertThat(runs.asked().stream().filter(question::equals)).hasSizeLessThanOrEqualTo(2);
    }
  }

  private static List<JsonNode> lines(Recorded run) throws IOException {
    List<JsonNode> lines = new ArrayList<>();
    for (String line : Files.readAllLines(run.folder().resolve("annotations.jsonl"))) {
      lines.add(JSON.readTree(line));
    }
    return lines;
  }
}
