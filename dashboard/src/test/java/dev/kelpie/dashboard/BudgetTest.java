package dev.kelpie.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.experience.RunFolder;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A page of 100 actors and 10,000 steps stays quick. */
class BudgetTest {
  private static final int WORKERS = 97;
  private static final int STEPS = 10_000;
  private static final String NAMES = String.join(",", Numbers.of(50).keySet()).replace("/", "%2F");

  @TempDir private Path folder = Path.of("");

  @Test
  void theFirstViewIsThinned() throws Exception {
    Rollouts.write(new RunFolder(folder), STEPS, 4, 8);
    try (OpenPage page = OpenPage.over(folder, WORKERS)) {
      page.run.commit(STEPS);
      firstView(page);
    }
  }

  @Test
  @Tag("slow") // a machine with other work on it is slow without any fault of the page
  void theFirstViewTakesLessThanASecond() throws Exception {
    Rollouts.write(new RunFolder(folder), STEPS, 4, 8);
    try (OpenPage page = OpenPage.over(folder, WORKERS)) {
      page.run.commit(STEPS);
      firstView(page);
      assertThat(firstView(page)).isLessThan(Duration.ofSeconds(1));
    }
  }

  /** Time of the requests that a page sends before its first view is complete. */
  private static Duration firstView(OpenPage page) throws Exception {
    long start = System.nanoTime();
    assertThat(page.json("/api/runs").size()).isEqualTo(1);
    try (EventLines events = EventLines.open(page, "")) {
      assertThat(events.next().at("/runs/0/actors").size()).isEqualTo(WORKERS + 3);
    }
    assertThat(page.json("/api/runs/0/samples").get("groups")).hasSize(4);
    HttpResponse<byte[]> curves = compressed(page, "/api/runs/0/curves?names=" + NAMES);
    assertThat(curves.body().length).isLessThan(200_000);
    return Duration.ofNanos(System.nanoTime() - start);
  }

  private static HttpResponse<byte[]> compressed(OpenPage page, String path) throws Exception {
    HttpRequest request = page.request(path).header("Accept-Encoding", "gzip").build();
    return page.client.send(request, HttpResponse.BodyHandlers.ofByteArray());
  }

  @Test
  void aSecondInWhichEverythingMovesStaysBelow200Kilobytes() throws Exception {
    try (OpenPage page = OpenPage.over(folder, WORKERS);
        EventLines events = EventLines.open(page, "")) {
      events.next();
      for (int second = 0; second < 4; second++) {
        long before = events.bytes();
        page.run.turn();
        page.run.commit(page.run.progress().step() + 2);
        events.nextWith("steps");
        assertThat(events.bytes() - before).isLessThan(200_000);
      }
    }
  }
}
