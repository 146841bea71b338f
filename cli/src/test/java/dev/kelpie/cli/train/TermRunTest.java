package dev.kelpie.cli.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.kelpie.cli.Shipped;
import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.ScoredTrajectory;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.experience.TrajectoryGroup;
import dev.kelpie.runs.SampleFiles;
import dev.kelpie.wire.arrow.ScoredGroups;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs of a policy loss with further terms. */
class TermRunTest {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  @TempDir private Path folder = Path.of("");

  @Test
  void aTermLearnsAMemberBesideGrpoAndAResumedRunHasTheSameBits() throws Exception {
    data("response");
    String[] overrides = {
      "members.gold={column = response}",
      "algorithm.rows=sampled",
      "algorithm.kl.coef=0.04", // the reference's log-probabilities are recorded
      "algorithm.terms.imitate={rows = member, member = gold, loss.type = sft, weight = 0.5}",
      "learner.minibatches=2",
      "checkpoint.every=1"
    };
    runs().train("whole", "quickstart.conf", with(overrides, "run.steps=2"));
    runs().train("parts", "quickstart.conf", with(overrides, "run.steps=1"));
    assertThat(runs().resume("parts", 2).get("policy-sha256"))
        .isEqualTo(runs().summary("whole").get("policy-sha256"));
    assertThat(runs().summary("whole").at("/ledger/clean").asBoolean()).isTrue();
    runs()
        .train(
            "zero",
            "quickstart.conf",
            with(overrides, "run.steps=2", "algorithm.terms.imitate.weight=0"));
    assertThat(runs().summary("zero").get("policy-sha256"))
        .isNotEqualTo(runs().summary("whole").get("policy-sha256"));
    runs()
        .train(
            "alone",
            "quickstart.conf",
            "run.steps=2",
            "algorithm.kl.coef=0.04",
            "learner.minibatches=2");
    assertThat(runs().summary("zero").get("policy-sha256"))
        .isEqualTo(runs().summary("alone").get("policy-sha256"));
    assertThat(runs().metric("whole", 2, "policy/terms/imitate")).isPositive();
  }

  @Test
  void aTermLearnsTheDemonstrationsOfAFileBesideGrpoOnSamples() throws Exception {
    data("completion");
    runs()
        .train(
            "mixed",
            "quickstart.conf",
            "run.steps=1",
            "learner.minibatches=1",
            "rollout.engine=dataset",
            "rollout.mix=0.5",
            "data.form=demonstrations",
            "algorithm.rows=sampled",
            "algorithm.kl.coef=0.04",
            "algorithm.terms.imitate={rows = data, loss.type = sft, weight = 0.5}");
    ScoredGroups step = new SampleFiles(folder.resolve("mixed/rollouts")).read(1);
    double sum = 0;
    long tokens = 0;
    for (TrajectoryGroup group : step.groups()) {
      for (ScoredTrajectory member : group.members()) {
        Trajectory response = member.trajectory();
        if (!response.generated()) {
          PerToken logprobs = Objects.requireNonNull(step.referenceLogprobs().get(response.id()));
          for (int t = 0; t < logprobs.length(); t++) {
            sum += logprobs.get(t); // the reference is the start, which the first update is of
          }
          tokens += logprobs.length();
        }
      }
    }
    assertThat(tokens).isPositive();
    step.policyLogprobs() // of all responses, those of the file too
        .forEach(
            (id, logprobs) ->
                assertThat(logprobs.sum())
                    .isCloseTo(
                        Objects.requireNonNull(step.referenceLogprobs().get(id)).sum(),
                        within(1e-2)));
    assertThat(step.policyLogprobs()).hasSize(2 * 2 + 2);
    assertThat(step.advantages()).hasSize(2 * 2);
    assertThat(runs().metric("mixed", 1, "policy/terms/imitate"))
        .isCloseTo(-sum / tokens, within(1e-3));
  }

  private static String[] with(String[] some, String... more) {
    List<String> all = new ArrayList<>(List.of(some));
    all.addAll(List.of(more));
    return all.toArray(String[]::new);
  }

  /** Prompts of the quickstart, each with its right answer as a response in {@code column}. */
  private void data(String column) throws IOException {
    List<String> rows = new ArrayList<>();
    for (String line :
        Files.readAllLines(Shipped.configs().resolve("quickstart/train.jsonl")).subList(0, 64)) {
      JsonNode row = JSON.readTree(line);
      String answer = row.get("answer").asText();
      rows.add(
          JSON.createObjectNode()
              .put("prompt", row.get("prompt").asText())
              .put("answer", answer)
              .put(column, "=" + answer)
              .toString());
    }
    Files.write(folder.resolve("rows.jsonl"), rows);
  }

  private TrainedRuns runs() {
    return new TrainedRuns(
        folder,
        List.of(
            "eval.path=",
            "data.path=\"" + folder.resolve("rows.jsonl") + "\"",
            "rollout.prompts-per-step=4",
            "rollout.group-size=2"));
  }
}
