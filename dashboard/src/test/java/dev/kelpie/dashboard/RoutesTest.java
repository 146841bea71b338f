package dev.kelpie.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.kelpie.experience.Activity;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.experience.RunPhase;
import dev.kelpie.experience.RunView.ActorState;
import dev.kelpie.experience.waiting.NodeStatus;
import dev.kelpie.experience.waiting.Situation;
import dev.kelpie.experience.waiting.Usual;
import dev.kelpie.experience.waiting.Wait;
import dev.kelpie.experience.waiting.Work;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Answers of each address. */
class RoutesTest {
  @TempDir private Path folder = Path.of("");
  private OpenPage page;

  @BeforeEach
  void open() {
    page = OpenPage.over(folder, 2);
  }

  @AfterEach
  void close() {
    page.close();
  }

  @Test
  void theOverviewNamesRunsAndTheirNumbers() throws Exception {
    page.run.commit(50);
    JsonNode run = page.json("/api/runs").get(0);
    assertThat(run.get("control").asBoolean()).isTrue();
    assertThat(run.get("name").asText()).isEqualTo(String.valueOf(folder.getFileName()));
    assertThat(run.get("metrics").toString())
        .contains("reward/mean", "eval/reward/mean", "timing_s/rollout");
  }

  @Test
  void curvesAreThoseAskedFor() throws Exception {
    page.run.commit(20);
    JsonNode told = page.json("/api/runs/0/curves?names=reward/mean,policy/loss&from=5&to=10");
    assertThat(told.get("curves")).hasSize(2);
    assertThat(told.at("/curves/reward~1mean/s").toString()).isEqualTo("[5,6,7,8,9,10]");
    assertThat(told.at("/curves/reward~1mean/v")).hasSize(6);
    assertThat(told.get("last").asLong()).isEqualTo(10);
  }

  @Test
  void theDoctorExaminesWhatThereIsAndThenOnlyWhatIsNew() throws Exception {
    page.run.commit(5);
    JsonNode young = page.json("/api/runs/0/doctor");
    assertThat(young.get("step").asLong()).isEqualTo(5);
    // advantages/mean 0, advantages/std 0.9, policy/loss near 0: as it should be
    assertThat(young.at("/findings/0/rule").asText()).isEqualTo("loss-is-zero");
    assertThat(young.get("alarms").asInt()).isZero();
    page.run.commit(30);
    JsonNode old = page.json("/api/runs/0/doctor");
    assertThat(old.get("step").asLong()).isEqualTo(30);
    assertThat(page.json("/api/runs/0/doctor")).isEqualTo(old);
  }

  @Test
  void everyButtonReachesTheRunAndIsOnlyAcknowledged() throws Exception {
    for (String what : List.of("pause", "resume", "checkpoint", "drain?worker=rollout-2", "stop")) {
      HttpResponse<String> answer = page.post("/api/runs/0/" + what);
      assertThat(answer.statusCode()).as(what).isEqualTo(202);
    }
    assertThat(page.run.asked())
        .containsExactly("pause", "resume", "checkpoint", "drain rollout-2", "stop");
  }

  @Test
  void onlyARolloutWorkerCanBeDrained() throws Exception {
    assertThat(page.post("/api/runs/0/drain?worker=learner").statusCode()).isEqualTo(400);
    HttpResponse<String> answer = page.post("/api/runs/0/drain?worker=rollout-9");
    assertThat(answer.body()).contains("rollout-9 (expected: name of a rollout worker)");
    assertThat(page.run.asked()).isEmpty();
  }

  @Test
  void aReadingAddressCannotAskAnything() throws Exception {
    assertThat(page.get("/api/runs/0/stop").statusCode()).isEqualTo(404);
    assertThat(page.post("/api/runs").statusCode()).isEqualTo(404);
    assertThat(page.run.asked()).isEmpty();
  }

  @Test
  void anActorsTimelineComesWithItsEvents() throws Exception {
    page.run.lose("rollout-1");
    JsonNode told = page.json("/api/runs/0/timeline?actor=rollout-1");
    assertThat(told.at("/moments/0/doing").asText()).startsWith("generating");
    assertThat(told.at("/moments/1/doing").asText()).isEqualTo("lost");
    assertThat(told.at("/events/0/text").asText()).contains("rollout-1 is lost");
  }

  @Test
  void theConfigurationTellsWhatDiffersFromTheDefaults() throws Exception {
    Files.writeString(
        folder.resolve("experiment.conf"),
        """
        data.path = "x.jsonl"
        policy.path = model
        rollout.group-size = 4
        reward.answer { type = exact-match, ignore-case = true }
        """);
    JsonNode config = page.json("/api/runs/0/about").get("config");
    assertThat(key(config, "rollout.group-size").get("changed").asBoolean()).isTrue();
    assertThat(key(config, "rollout.group-size").get("default").asText()).isEqualTo("8");
    assertThat(key(config, "rollout.temperature").get("changed").asBoolean()).isFalse();
    assertThat(key(config, "rollout.temperature").get("meaning").asText())
        .isEqualTo("sampling temperature");
    assertThat(key(config, "reward.answer").get("value").asText()).contains("exact-match");
    JsonNode ignoreCase = key(config, "reward.answer.ignore-case");
    assertThat(ignoreCase.get("value").asText()).isEqualTo("true");
    assertThat(ignoreCase.get("default").asText()).isEqualTo("false");
    assertThat(ignoreCase.get("changed").asBoolean()).isTrue();
    assertThat(ignoreCase.get("meaning").asText())
        .isEqualTo("letters are equal whatever their case");
    assertThat(key(config, "reward.answer.weight").get("meaning").asText())
        .isEqualTo("factor of its value in the sum");
    // the preset grpo takes the loss ppo-clip, whose range is 0.2 by default
    assertThat(key(config, "algorithm.loss.clip-high").get("value").asText()).isEqualTo("0.2");
  }

  private static JsonNode key(JsonNode config, String name) {
    for (JsonNode key : config.get("keys")) {
      if (key.get("key").asText().equals(name)) {
        return key;
      }
    }
    throw new AssertionError("no key " + name + " in " + config);
  }

  @Test
  void aFolderWithoutFilesIsDescribedAsFarAsItGoes() throws Exception {
    JsonNode about = page.json("/api/runs/0/about");
    assertThat(about.at("/config/problem").asText()).contains("experiment.conf");
    assertThat(about.at("/facts/Java").asText()).isEqualTo("17");
    assertThat(about.has("summary")).isFalse();
    assertThat(page.json("/api/runs/0/samples").get("count").asInt()).isZero();
  }

  @Test
  void prometheusReadsTheNumbersUnderTheirNames() throws Exception {
    page.run.commit(50);
    String text = page.get("/metrics").body();
    String run = "{run=\"" + folder.getFileName() + "\"}";
    assertThat(text)
        .contains("kelpie_reward_mean" + run + " 0.3")
        .contains("kelpie_policy_loss" + run)
        .contains("kelpie_eval_reward_mean" + run)
        .contains("kelpie_step" + run + " 50.0")
        .containsPattern("kelpie_actor_mailbox\\{actor=\"rollout-1\",role=\"rollout\"")
        .containsPattern("kelpie_ledger_samples\\{[^}]*state=\"consumed\"} 3200")
        .containsPattern("kelpie_link_messages\\{from=\"rollout-1\"");
    page.run.commit(51);
    assertThat(page.get("/metrics").body()).contains("kelpie_step" + run + " 51.0");
  }

  @Test
  void filesOfThePageComeCompressedAndAreNotSentTwice() throws Exception {
    HttpResponse<byte[]> answer =
        page.client.send(
            page.request("/lib/echarts.js").header("Accept-Encoding", "gzip").build(),
            HttpResponse.BodyHandlers.ofByteArray());
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.headers().firstValue("Content-Encoding")).contains("gzip");
    assertThat(answer.body().length).isLessThan(450_000);
    String etag = answer.headers().firstValue("ETag").orElseThrow();
    assertThat(
            page.client
                .send(
                    page.request("/lib/echarts.js").header("If-None-Match", etag).build(),
                    HttpResponse.BodyHandlers.ofByteArray())
                .statusCode())
        .isEqualTo(304);
  }

  @Test
  void everyFileThatThePageImportsIsServed() throws Exception {
    List<String> seen = new ArrayList<>(List.of("/"));
    for (int i = 0; i < seen.size(); i++) {
      HttpResponse<String> answer = page.get(seen.get(i));
      assertThat(answer.statusCode()).as(seen.get(i)).isEqualTo(200);
      if (!seen.get(i).startsWith("/lib/")) {
        Pattern.compile("['\"](/(?:app|lib)/[^'\"]+)['\"]")
            .matcher(answer.body())
            .results()
            .map(found -> found.group(1))
            .filter(path -> !seen.contains(path))
            .forEach(seen::add);
      }
    }
    assertThat(seen).contains("/lib/echarts.js", "/app/main.js", "/app/graph.js", "/app/style.css");
  }

  @Test
  void aRecordedRunCanOnlyBeSeen() throws Exception {
    ShownRun recorded = ShownRun.recorded(new RunFolder(folder), ids -> List.of());
    Routes routes = new Routes(List.of(recorded));
    PageRequest stop = new PageRequest(true, "/api/runs/0/stop", Map.of(), "", "", "");
    assertThat(routes.answer(stop).status().code()).isEqualTo(409);
  }

  @Test
  void theStatusHasTheDiagnosisAndTheNodes() throws Exception {
    assertThat(page.get("/api/runs/0/status").statusCode()).isEqualTo(409); // nothing is known yet
    Instant now = Instant.now();
    NodeStatus node =
        new NodeStatus(
            "host:2",
            NodeStatus.Presence.PRESENT,
            now,
            now,
            List.of(
                new ActorState(
                    "rollout-1",
                    "host:2",
                    "rollout",
                    Activity.GENERATING,
                    "generating 1 of 8 responses",
                    now,
                    3,
                    Map.of("units", 2.0))),
            List.of(new NodeStatus.Task("rollout-1", "step-4-unit-0", now)));
    page.run.waits(
        new Situation(
            now,
            RunPhase.TRAINING,
            3,
            now,
            Duration.ofMinutes(2),
            List.of(Wait.of("the responses of step-4-unit-0", Work.GENERATE, "rollout-1", now)),
            List.of(node),
            Map.of(Work.GENERATE, new Usual(2, 1.5, 2)),
            Optional.empty(),
            Optional.empty()));

    JsonNode status = page.json("/api/runs/0/status");

    assertThat(status.at("/diagnosis/level").asText()).isEqualTo("fine");
    assertThat(status.at("/diagnosis/chain/1/words").asText())
        .isEqualTo("generating 1 of 8 responses");
    assertThat(status.at("/nodes/0/roles").toString()).isEqualTo("[\"rollout\"]");
    JsonNode worker = status.at("/nodes/0/workers/0");
    assertThat(worker.get("task").asText()).isEqualTo("step-4-unit-0");
    assertThat(worker.get("units").asInt()).isEqualTo(2);
    assertThat(worker.get("version").asInt()).isEqualTo(3);
    assertThat(status.at("/usual/0/longest").asDouble()).isEqualTo(2);
  }
}
