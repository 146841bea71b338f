package dev.kelpie.dashboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Messages to an open page, and how it continues after a gap. */
@Timeout(60)
class EventStreamTest {
  @TempDir private Path folder = Path.of("");
  private OpenPage page;

  @BeforeEach
  void open() {
    page = OpenPage.over(folder, 3);
  }

  @AfterEach
  void close() {
    page.close();
  }

  @Test
  void theFirstMessageIsTheWholePictureAndLaterOnesOnlyWhatChanged() throws Exception {
    page.run.commit(5);
    try (EventLines events = EventLines.open(page, "")) {
      JsonNode first = events.next().at("/runs/0");
      // three workers, coordinator, reward, learner
      assertThat(first.get("actors")).hasSize(6);
      assertThat(first.at("/progress/phase").asText()).isEqualTo("training");
      assertThat(first.get("refetch").asBoolean()).isTrue();
      assertThat(first.get("events")).hasSize(1);
      assertThat(first.at("/ledger/consumed").asLong()).isEqualTo(5 * 64);

      page.run.commit(6);
      JsonNode second = events.next().at("/runs/0");
      assertThat(second.has("actors")).isFalse();
      assertThat(second.has("events")).isFalse();
      assertThat(second.get("steps").findValues("step")).extracting(JsonNode::asLong).contains(6L);
      assertThat(second.at("/progress/step").asLong()).isEqualTo(6);
    }
  }

  @Test
  void numbersMeasuredAfterAStepReachThePage() throws Exception {
    page.run.commit(5);
    try (EventLines events = EventLines.open(page, "")) {
      events.next();
      page.run.measure(5, 0.875);
      JsonNode steps = events.nextWith("steps");
      assertThat(steps).hasSize(1);
      assertThat(steps.at("/0/values/eval~1reward~1mean").asDouble()).isEqualTo(0.875);
    }
  }

  @Test
  void aPageThatWasAwayGetsTheStepsItMissed() throws Exception {
    page.run.commit(5);
    String last;
    try (EventLines events = EventLines.open(page, "")) {
      events.next();
      last = events.id();
    }
    page.run.commit(15);
    page.run.lose("rollout-2");
    try (EventLines events = EventLines.open(page, last)) {
      JsonNode news = events.next().at("/runs/0");
      List<Long> steps = new ArrayList<>();
      news.get("steps").forEach(step -> steps.add(step.get("step").asLong()));
      assertThat(steps).contains(6L, 7L, 8L, 9L, 10L, 11L, 12L, 13L, 14L, 15L);
      assertThat(news.get("events")).hasSize(1);
      assertThat(news.at("/events/0/text").asText()).contains("rollout-2 is lost");
    }
  }

  @Test
  void aPageThatWasAwayForLongFetchesItsCurvesAgain() throws Exception {
    page.run.commit(5);
    String last;
    try (EventLines events = EventLines.open(page, "")) {
      events.next();
      last = events.id();
    }
    page.run.commit(500);
    try (EventLines events = EventLines.open(page, last)) {
      JsonNode news = events.next().at("/runs/0");
      assertThat(news.has("steps")).isFalse();
      assertThat(news.get("refetch").asBoolean()).isTrue();
    }
  }

  @Test
  void aLostWorkerIsSeenAndSoIsItsReplacement() throws Exception {
    try (EventLines events = EventLines.open(page, "")) {
      events.next();
      page.run.lose("rollout-1");
      assertThat(doing(events.nextWith("actors"), "rollout-1")).isEqualTo("lost");
      page.run.replace();
      assertThat(doing(events.nextWith("actors"), "rollout-1")).startsWith("generating");
    }
  }

  private static String doing(JsonNode actors, String name) {
    for (JsonNode actor : actors) {
      if (actor.get("name").asText().equals(name)) {
        return actor.get("doing").asText();
      }
    }
    return "";
  }

  @Test
  void pagesBeyondTheLimitAreRefusedUntilOthersClose() throws Exception {
    List<EventLines> open = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      open.add(EventLines.open(page, ""));
    }
    assertThatThrownBy(() -> EventLines.open(page, "")).hasMessageContaining("503");
    for (EventLines events : open) {
      events.close();
    }
    assertThat(page.get("/api/runs").statusCode()).isEqualTo(200);
  }

  @Test
  void theEndOfTheProcessIsTold() throws Exception {
    try (EventLines events = EventLines.open(page, "")) {
      events.next();
      page.run.stop();
      page.server.close();
      assertThat(events.nextWith("progress").get("phase").asText()).isEqualTo("stopping");
      events.next();
      assertThat(events.event()).isEqualTo("end");
    }
  }

  @Test
  void noThreadIsLeftWhenThePageIsClosed() throws Exception {
    page.get("/api/runs");
    page.close();
    for (Thread thread : Thread.getAllStackTraces().keySet()) {
      if (thread.getName().startsWith("kelpie-page")) {
        thread.join(5_000); // it has done its work, and may be about to end
        assertThat(thread.isAlive()).as(thread.getName()).isFalse();
      }
    }
  }

  @Test
  void aCursorThatIsNoneIsTheStart() {
    assertThat(Cursor.parse("", 2).places())
        .containsExactly(Cursor.Place.START, Cursor.Place.START);
    assertThat(Cursor.parse("7.x,12.99", 2).places())
        .containsExactly(Cursor.Place.START, new Cursor.Place(12, 99));
    assertThat(Cursor.parse(new Cursor(List.of(new Cursor.Place(3, 4))).toString(), 1).places())
        .containsExactly(new Cursor.Place(3, 4));
  }
}
