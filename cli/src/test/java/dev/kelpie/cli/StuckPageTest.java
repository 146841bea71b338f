package dev.kelpie.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.kelpie.dashboard.AccessToken;
import dev.kelpie.dashboard.DashboardServer;
import dev.kelpie.dashboard.ShownRun;
import dev.kelpie.experience.Activity;
import dev.kelpie.experience.RunControl;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.experience.RunPhase;
import dev.kelpie.experience.RunView.ActorState;
import dev.kelpie.experience.RunView.Waiting;
import dev.kelpie.experience.waiting.NodeStatus;
import dev.kelpie.experience.waiting.NodeStatus.Presence;
import dev.kelpie.experience.waiting.Situation;
import dev.kelpie.experience.waiting.Usual;
import dev.kelpie.experience.waiting.Wait;
import dev.kelpie.experience.waiting.Work;
import dev.kelpie.runs.RecordedRun;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The panel that says why a run is stuck, in a real browser, over states made by hand. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class StuckPageTest {
  private static final Duration SOON = Duration.ofMinutes(1);
  private static final String LEARNER = "127.0.0.1:4000";
  private static final String OTHER = "127.0.0.1:4711";

  @TempDir private Path folder = Path.of("");

  private static Instant ago(int seconds) {
    return Instant.now().minusSeconds(seconds);
  }

  private static NodeStatus node(String at, Presence presence, int silent, ActorState actor) {
    return new NodeStatus(at, presence, ago(300), ago(silent), List.of(actor), List.of());
  }

  private static ActorState learner() {
    return new ActorState(
        "learner",
        LEARNER,
        "learner",
        Activity.WAITING,
        "waiting for step 12",
        ago(44),
        11,
        Map.of(),
        Optional.of(new Waiting(Waiting.Kind.STEP, "step 12", ago(44))));
  }

  private static ActorState rollout() {
    return new ActorState(
        "rollout-1@" + OTHER,
        OTHER,
        "rollout",
        Activity.GENERATING,
        "generating 3 of 8 responses",
        ago(43),
        11,
        Map.of("units", 30.0));
  }

  private static Situation situation(RunPhase phase, Presence presence, int silent, Wait wait) {
    return new Situation(
        Instant.now(),
        phase,
        11,
        ago(43),
        Duration.ofMinutes(2),
        List.of(wait),
        List.of(
            node(LEARNER, Presence.PRESENT, 0, learner()),
            node(OTHER, presence, silent, rollout())),
        Map.of(Work.GENERATE, new Usual(31, 1.25, 2.5), Work.TRAIN, new Usual(11, 0.4, 0.9)),
        Optional.empty(),
        Optional.empty());
  }

  private static Situation silent() {
    Wait wait = Wait.of("the responses of step-12-unit-3", Work.GENERATE, "", ago(43));
    return situation(RunPhase.TRAINING, Presence.LOST, 41, wait);
  }

  private static Situation paused() {
    return situation(RunPhase.PAUSED, Presence.PRESENT, 0, Wait.toResume(ago(95)));
  }

  private static Situation fine() {
    Wait wait =
        Wait.of("the responses of step-12-unit-3", Work.GENERATE, "rollout-1@" + OTHER, ago(4));
    return situation(RunPhase.TRAINING, Presence.PRESENT, 0, wait);
  }

  private static RunControl control() {
    return (RunControl)
        Proxy.newProxyInstance(
            StuckPageTest.class.getClassLoader(),
            new Class<?>[] {RunControl.class},
            (proxy, method, arguments) -> null);
  }

  private static String text(Chromium page, String selector) {
    return page.evaluate("document.querySelector('" + selector + "').innerText").asText();
  }

  private static void awaitLevel(Chromium page, String level) {
    page.await("document.querySelector('#stuck').dataset.level === '" + level + "'", SOON);
  }

  @Test
  void panelNamesTheChainAndTheCauseAndSaysWhenNothingIsStuck() throws IOException {
    Optional<Path> browser = Chromium.find();
    assumeThat(browser).as("chromium on the PATH").isPresent();
    RunFolder run = new RunFolder(EndedRun.write(folder.resolve("run"), 4, 3, 0.3));
    AtomicReference<Supplier<Situation>> now = new AtomicReference<>(StuckPageTest::silent);
    ShownRun shown =
        ShownRun.live(
            RecordedRun.open(run),
            () -> Optional.of(Objects.requireNonNull(now.get()).get()),
            control(),
            run,
            Map.of(),
            ids -> List.of());
    DashboardServer.Options options =
        DashboardServer.Options.of("127.0.0.1", 0, false, AccessToken.random());
    Path profile = Files.createDirectory(folder.resolve("profile"));
    try (DashboardServer server = DashboardServer.start(options, List.of(shown));
        Chromium page = Chromium.start(browser.orElseThrow(), profile)) {
      page.open(server.url() + "#curves");
      page.await("!document.querySelector('#stuck-badge').hidden", SOON);
      assertThat(text(page, "#stuck-badge")).startsWith("▲ worker silent, 4");
      page.click("#stuck-badge");
      awaitLevel(page, "stuck");
      assertThat(text(page, "#stuck-title")).isEqualTo("Why is it stuck?");
      assertThat(text(page, "#stuck-level")).startsWith("▲ stuck · worker silent · 4");
      assertThat(text(page, "#stuck-headline")).contains("sends no heartbeats");
      assertThat(page.evaluate("document.querySelectorAll('#stuck-chain li').length").asInt())
          .isEqualTo(3);
      assertThat(text(page, "#stuck-chain"))
          .matches(
              "(?s)learner\\s+waits for step 12\\s+\\d+ s\\s+coordinator\\s+waits for the"
                  + " responses of step-12-unit-3\\s+\\d+ s\\s+rollout-1@.*is silent\\s+\\d+ s");
      assertThat(text(page, "#stuck-usual"))
          .contains("generating a unit of a step", "1.3 s", "longest 2.5 s");
      fitsEveryScreen(page);

      now.set(StuckPageTest::paused);
      awaitLevel(page, "asked");
      assertThat(text(page, "#stuck-level")).startsWith("❚❚ waiting · paused by request · 1 min");
      page.await("document.querySelector('#stuck-badge').hidden", SOON);

      now.set(StuckPageTest::fine);
      awaitLevel(page, "fine");
      page.await("document.querySelector('#stuck-level').innerText === '✓ no'", SOON);
      assertThat(text(page, "#stuck-headline")).startsWith("Nothing is stuck.");
      assertThat(text(page, "#stuck-chain")).contains("generating 3 of 8 responses");
      assertThat(page.errors()).isEmpty();
    }
  }

  private static void fitsEveryScreen(Chromium page) {
    for (String colours : List.of("light", "dark")) {
      page.prefer(colours);
      for (int width : List.of(390, 1280)) {
        page.resize(width, 844, width == 390);
        assertThat(page.evaluate("document.documentElement.scrollWidth > innerWidth").asBoolean())
            .as("%s, %s", colours, width)
            .isFalse();
      }
    }
  }
}
