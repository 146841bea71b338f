package dev.kelpie.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.actors.RunNode;
import dev.kelpie.experience.FailedTrajectory;
import dev.kelpie.experience.ScoredTrajectory;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.experience.TrajectoryGroup;
import dev.kelpie.runs.RunSummary;
import dev.kelpie.runs.SampleFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs whose rewards come from a judge behind a URL. */
class JudgeRunTest {
  private static final String SMALL =
      "policy.init = random, dashboard.enabled = false, rollout { prompts-per-step = 2, group-size"
          + " = 4, max-new-tokens = 8 }, reward.answer = null, ";

  @TempDir private Path folder = Path.of("");

  @Test
  void aRunStopsWithItsBudgetAndAResumedOneAsksNothingTwice() throws Exception {
    try (JudgeServer server = JudgeServer.start(JudgeServer::number)) {
      String experiment = experiment(server, "run.steps = 3, ", "budget.requests = 12");
      Path run = folder.resolve("run");
      CommandLineRun first = CommandLineRun.of("train", experiment, "--run-dir", run.toString());
      String spent = "models.judge.budget.requests: all 12 are spent";
      assertThat(first.code()).as(first.err()).isZero();
      assertThat(first.out())
          .contains("stopped: 1 steps")
          .contains("reason: " + spent)
          .contains(
              "models.judge: prompts and responses are sent to "
                  + server.url()
                  + ", which is this machine")
          .contains("go on with: ./kelpie train --resume");
      assertThat(server.asked()).hasSize(12);
      assertThat(Files.readString(run.resolve("run-events.jsonl")))
          .contains(spent)
          .contains("prompts and responses are sent to");

      CommandLineRun resumed =
          CommandLineRun.of(
              "train", "--resume", run.toString(), "-D", "models.judge.budget.requests=0");
      assertThat(resumed.code()).as(resumed.err()).isZero();
      assertThat(resumed.out()).contains("finished: 3 steps");
      assertThat(new HashSet<>(server.asked())).hasSameSizeAs(server.asked());
    }
  }

  @Test
  void aRunWhoseJudgeNeverAnswersStopsWithinFiveSeconds() throws Exception {
    try (JudgeServer server = JudgeServer.start(question -> "")) {
      Path experiment = Path.of(experiment(server, "run.steps = 3, ", "concurrency = 16"));
      RunNode node = SmallRun.of(experiment).start();
      long start;
      try {
        long limit = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (server.asked().isEmpty()) {
          assertThat(System.nanoTime()).as("a question in time").isLessThan(limit);
          Thread.onSpinWait();
        }
        start = System.nanoTime();
        node.control().stop();
        RunSummary summary = SmallRun.await(node);
        assertThat(summary.status()).isEqualTo(RunSummary.Status.STOPPED);
        assertThat(summary.steps()).isZero();
      } finally {
        node.close();
      }
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
    }
  }

  @Test
  void aRunGoesOnWhateverTheJudgeDoesAndNothingBecomesZero() throws Exception {
    List<String> kinds = new ArrayList<>(JudgeServer.FAULTS);
    kinds.add(""); // never
    kinds.add("ok");
    kinds.add("ok");
    Function<String, String> kind =
        question -> kinds.get(Math.floorMod(question.hashCode() / 11 * 31, kinds.size()));
    Set<String> seen = ConcurrentHashMap.newKeySet();
    Path run = folder.resolve("run");
    try (JudgeServer server =
        JudgeServer.start(
            question -> {
              seen.add(kind.apply(question));
              return kind.apply(question).equals("ok")
                  ? JudgeServer.number(question)
                  : kind.apply(question);
            })) {
      String experiment =
          experiment(server, "run.steps = 2, ", "timeout = 2s, retries = 0, concurrency = 24");
      CommandLineRun whole =
          CommandLineRun.of(
              "train",
              experiment,
              "--run-dir",
              run.toString(),
              "-D",
              "rollout.group-size=12",
              "-D",
              "learner.minibatches=1");
      assertThat(whole.code()).as(whole.out() + whole.err()).isZero();
      assertThat(seen).containsAll(JudgeServer.FAULTS);
    }
    int scored = 0;
    int failed = 0;
    for (long step = 1; step <= 2; step++) {
      for (TrajectoryGroup group : new SampleFiles(run.resolve("rollouts")).read(step).groups()) {
        for (ScoredTrajectory member : group.members()) {
          String question = question(member.trajectory());
          assertThat(kind.apply(question)).isIn("ok", "!slow");
          assertThat("Score: " + (int) member.reward()).isEqualTo(JudgeServer.number(question));
          scored++;
        }
        for (FailedTrajectory one : group.failed()) {
          assertThat(kind.apply(question(one.trajectory()))).isNotIn("ok", "!slow");
          assertThat(one.reason()).contains("models.judge: ");
          failed++;
        }
      }
    }
    assertThat(scored + failed).isEqualTo(48);
    assertThat(scored).isPositive();
    assertThat(failed).isPositive();
    requireNoThreads();
  }

  private static String question(Trajectory response) {
    return "Rate " + response.text() + " for " + response.prompt().text() + "\n";
  }

  /** Threads of connections end; the client's own one when nothing refers to it any more. */
  private static void requireNoThreads() {
    long limit = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    while (Thread.getAllStackTraces().keySet().stream()
        .anyMatch(thread -> thread.getName().matches("remote|HttpClient.*"))) {
      assertThat(System.nanoTime()).as("threads of connections").isLessThan(limit);
      System.gc();
      Thread.onSpinWait();
    }
  }

  @Test
  void validateShowsWhatIsAskedAndWhatItCosts() throws Exception {
    try (JudgeServer server = JudgeServer.start(question -> "Score: 7")) {
      String experiment =
          experiment(server, "run.steps = 10, ", "price { input = 1000, output = 1000 }");
      CommandLineRun validate = CommandLineRun.of("validate", experiment);
      assertThat(validate.code()).as(validate.out() + validate.err()).isZero();
      // 10 steps of 2 x 4 responses; 22 letters are 5.5 tokens: 80 * (5.5 + 6) * 1000 / 1e6
      assertThat(validate.out())
          .contains("ok     reward       scored by servers during the run, and not asked now")
          .contains(
              "reward.quality asks models.judge: at most 80 requests of a run (80 for training, 0"
                  + " for evaluations)")
          .contains("an answer of at most 6: at most about ")
          .contains("\n    Rate 2 for 1+1?\n");
      assertThat(server.asked()).isEmpty();
      CommandLineRun asked = CommandLineRun.of("validate", "--ask", experiment);
      assertThat(asked.out()).contains("reference answers as responses score 7.0");
      assertThat(server.asked()).containsExactly("Rate 2 for 1+1?\n");
    }
  }

  private String experiment(JudgeServer server, String run, String model) throws IOException {
    Files.writeString(folder.resolve("judge.txt"), "Rate {response} for {prompt}\n");
    return SmallExperiment.write(
            folder,
            SMALL
                + run
                + "models.judge { url = \""
                + server.url()
                + "\", model = tiny, "
                + model
                + " }, reward.quality { type = judge, model = judge, template-path = judge.txt,"
                + " max-tokens = 6 }")
        .toString();
  }
}
