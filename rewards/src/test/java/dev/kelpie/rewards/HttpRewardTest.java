package dev.kelpie.rewards;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.file.ExperimentFiles;
import dev.kelpie.experience.RewardOutcome;
import dev.kelpie.experience.Score;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.experience.scoring.SampleNumbers;
import dev.kelpie.rewards.remote.FakeServer;
import dev.kelpie.rewards.remote.FakeServer.Reply;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rewards of a server of the user's. */
class HttpRewardTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private Path folder = Path.of("");

  @Test
  void responsesAreSentTogetherAndScoredInTheirOrder() throws Exception {
    try (FakeServer server = FakeServer.start(HttpRewardTest::lengths)) {
      List<RewardOutcome> outcomes =
          score(server, "batch = 4, concurrency = 1", "a", "bb", "ccc", "dddd");
      assertThat(outcomes).extracting(HttpRewardTest::value).containsExactly(1f, 2f, 3f, 4f);
      assertThat(server.bodies().size()).isLessThan(4);
      String all = String.join("", server.bodies());
      assertThat(all)
          .contains(
              "{\"id\":\"row-7\",\"prompt\":\"?\",\"response\":\"a\",\"answer\":\"5\",\"metadata\":{}}");
    }
  }

  @Test
  void anErrorFailsItsOwnResponseOnly() throws Exception {
    Map<String, String> scores =
        Map.of(
            "a", "{\"score\": 0}",
            "b", "{\"error\": \"no\\nopinion\"}",
            "c", "{\"score\": \"x\"}",
            "d", "{\"score\": 1e999}");
    try (FakeServer server = FakeServer.start(body -> each(body, scores::get))) {
      String at = "it: prompt row-7: " + server.url() + "/score: ";
      List<RewardOutcome> outcomes = score(server, "", "a", "b", "c", "d");
      assertThat(outcomes)
          .containsExactly(
              new RewardOutcome.Scored(new Score(0, Map.of("it", 0f))),
              new RewardOutcome.Failed(at + "no opinion"),
              new RewardOutcome.Failed(
                  at + "score x (expected: score, a finite number, or error, a text)"),
              new RewardOutcome.Failed(
                  at + "score Infinity (expected: score, a finite number, or error, a text)"));
    }
  }

  @Test
  void anAnswerOfAnotherLengthFails() throws Exception {
    try (FakeServer server = FakeServer.start(body -> Reply.ok("{\"scores\": []}"))) {
      assertThat(score(server, "", "a"))
          .containsExactly(
              new RewardOutcome.Failed(
                  "it: prompt row-7: "
                      + server.url()
                      + "/score: the answer has 0 scores (expected: scores, a list of 1)"));
    }
  }

  /** The length of each response. */
  private static Reply lengths(String body) {
    return each(body, response -> "{\"score\": " + response.length() + "}");
  }

  private static Reply each(String body, UnaryOperator<String> score) {
    try {
      List<String> scores = new ArrayList<>();
      for (JsonNode item : JSON.readTree(body).path("items")) {
        scores.add(score.apply(item.path("response").asText()));
      }
      return Reply.ok("{\"scores\": " + scores + "}");
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static float value(RewardOutcome outcome) {
    return ((RewardOutcome.Scored) outcome).score().value();
  }

  private List<RewardOutcome> score(FakeServer server, String options, String... texts)
      throws Exception {
    Path file =
        Files.writeString(
            folder.resolve("x.conf"),
            "data.path = d\npolicy.path = p\nreward.it { type = http, retries = 0, url = \""
                + server.url()
                + "/score\", "
                + options
                + " }\n");
    Experiment experiment = ExperimentFiles.load(file, List.of()).experiment();
    List<Trajectory> rows = new ArrayList<>();
    for (String text : texts) {
      rows.add(Trajectories.of(text, "5"));
    }
    try (ConnectedReward reward =
        Rewards.connect(
            Rewards.compose(experiment.reward()), experiment, Optional.empty(), problem -> {})) {
      return Rewards.scoreAll(
          reward,
          rows,
          Collections.nCopies(rows.size(), SampleNumbers.NONE),
          Duration.ofSeconds(20),
          1);
    }
  }
}
