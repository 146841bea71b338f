package dev.kelpie.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Runs that are made to wait: a worker that is stopped, a pause, a reward that takes a minute. The
 * page and {@code kelpie cluster status} name the cause. With {@code -Dkelpie.pictures=FOLDER}
 * there are screenshots.
 */
@Tag("slow")
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class PlantedStallsTest {
  private static final Duration SOON = Duration.ofMinutes(2);
  private static final String PAGE = "page: ";

  @TempDir private Path folder = Path.of("");
  private Path browser = Path.of("");

  @BeforeEach
  void needsABrowser() {
    Optional<Path> found = Chromium.find();
    assumeThat(found).as("chromium on the PATH").isPresent();
    browser = found.orElseThrow();
  }

  private List<String> arguments(Path run, String... settings) {
    List<String> arguments =
        new ArrayList<>(List.of(Shipped.quickstart(), "--run-dir", run.toString()));
    for (String setting : settings) {
      arguments.addAll(List.of("-D", setting));
    }
    arguments.addAll(List.of("-D", "run.steps=100000", "-D", "dashboard.port=0"));
    return arguments;
  }

  private Chromium open(LaunchedCluster cluster) throws IOException {
    cluster.awaitLine(PAGE);
    String line =
        cluster.lines().stream().filter(one -> one.startsWith(PAGE)).findFirst().orElseThrow();
    Chromium page = Chromium.start(browser, Files.createDirectory(folder.resolve("profile")));
    page.open(line.substring(PAGE.length()) + "#actors");
    return page;
  }

  private static void awaitCause(Chromium page, String level, String words) {
    page.await("document.querySelector('#stuck').dataset.level === '" + level + "'", SOON);
    page.await("document.querySelector('#stuck-level').innerText.includes('" + words + "')", SOON);
  }

  private static CommandLineRun status(Path run) {
    return CommandLineRun.of("cluster", "status", run.toString());
  }

  @Test
  void stoppedWorkerAndPauseAreNamed() throws Exception {
    Path run = folder.resolve("run");
    List<String> command = new ArrayList<>(List.of("local"));
    command.addAll(arguments(run, "eval.path=\"\""));
    try (LaunchedCluster cluster = LaunchedCluster.start(command);
        Chromium page = open(cluster)) {
      cluster.awaitLine("step 3/");
      awaitCause(page, "fine", "no");
      assertThat(status(run).code()).isZero();
      pictures(page, "fine");

      long worker = cluster.pid("rollout-1");
      LaunchedCluster.signal("STOP", worker);
      awaitCause(page, "stuck", "worker silent");
      CommandLineRun stuck = status(run);
      assertThat(stuck.code()).isEqualTo(3);
      assertThat(stuck.out()).contains("<- rollout-1@").contains("is silent");
      pictures(page, "silent");
      LaunchedCluster.signal("CONT", worker);
      awaitCause(page, "fine", "no");

      page.click("#pause");
      awaitCause(page, "asked", "paused by request");
      CommandLineRun paused = status(run);
      assertThat(paused.code()).isZero();
      assertThat(paused.out()).contains("asked, paused by request");
      pictures(page, "paused");
      assertThat(page.errors()).isEmpty();

      CommandLineRun stopped = CommandLineRun.of("cluster", "stop", run.toString());
      assertThat(stopped.code()).as(stopped.out() + stopped.err()).isZero();
      assertThat(stopped.out()).contains(": stopped after step ").contains(", saved");
      assertThat(cluster.awaitEnd()).isZero();
      cluster.awaitNobody();
    }
  }

  @Test
  void rewardThatTakesAMinuteIsNamed() throws Exception {
    Path run = folder.resolve("run");
    List<String> command = KelpieJvm.command("-Xmx512m", "-Dai.djl.offline=true");
    command.add("train");
    command.addAll(
        arguments(
            run,
            "eval.path=\"\"",
            "reward={tired={type=moody,mood=tires}}",
            "cluster.reward-timeout=5m"));
    try (LaunchedCluster training = LaunchedCluster.start(new ProcessBuilder(command));
        Chromium page = open(training)) {
      awaitCause(page, "slow", "reward slow");
      CommandLineRun slow = status(run);
      assertThat(slow.code()).isEqualTo(3);
      assertThat(slow.out()).contains("slow, reward slow").contains("waits for the rewards of 8");
      pictures(page, "reward");
      assertThat(page.errors()).isEmpty();
    }
  }

  private static void pictures(Chromium page, String name) throws IOException {
    String to = System.getProperty("kelpie.pictures", "");
    if (to.isEmpty()) {
      return;
    }
    page.resize(1280, 800, false);
    page.prefer("light");
    page.screenshot(Path.of(to, name + "-light.png"));
    page.prefer("dark");
    page.screenshot(Path.of(to, name + "-dark.png"));
    page.resize(390, 844, true);
    page.screenshot(Path.of(to, name + "-phone.png"));
    page.prefer("light");
    page.resize(1280, 800, false);
  }
}
