package dev.kelpie.actors;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.experience.Activity;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.experience.RunView;
import dev.kelpie.runs.RunSummary;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A run over several JVMs, one of which is killed: the final weights are the undisturbed run's. */
class ClusterKillTest {
  private static final long STEPS = 12;
  private static final Duration PACE = Duration.ofMillis(60);
  private static final Duration PATIENCE = Duration.ofSeconds(90);

  @Test
  void killedWorkerChangesNothing(@TempDir Path temp) {
    killWorker(temp, 5);
  }

  @Test
  void killedLearnerChangesNothing(@TempDir Path temp) {
    killLearner(temp, 5, "learner,reward,scoring", "rollout");
  }

  @Test
  void killedRewardProcessChangesNothing(@TempDir Path temp) {
    killReward(temp, 5);
  }

  @Test
  void learnerKilledBesideALivingReferenceChangesNothing(@TempDir Path temp) {
    killLearner(temp, 5, "learner", "rollout,reward,scoring");
  }

  @Tag("slow")
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 6, 7, 8, 9, 10, 11})
  void rewardProcessMayBeKilledAtAnyMoment(long seed, @TempDir Path temp) {
    killReward(temp, seed);
  }

  @Tag("slow")
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 6, 7, 8, 9, 10, 11})
  void workerMayBeKilledAtAnyMoment(long seed, @TempDir Path temp) {
    killWorker(temp, seed);
  }

  @Tag("slow")
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 6})
  void learnerMayBeKilledAtAnyMoment(long seed, @TempDir Path temp) {
    killLearner(temp, seed, "learner,reward,scoring", "rollout");
  }

  private static void killWorker(Path temp, long seed) {
    String expected = undisturbed(temp.resolve("alone"));
    Path folder = temp.resolve("run");
    int port = Jvms.freePort();
    Random random = new Random(seed);
    try (Jvms jvms = new Jvms(temp.resolve("logs"));
        RunNode learner =
            run(folder).cluster(List.of("learner", "reward", "scoring"), port, "").start()) {
      Process worker = jvms.start("worker-1", arguments(folder, "rollout", 0, port, false, temp));
      long step = 1L + random.nextInt((int) STEPS - 2);
      jvms.await("step " + step, PATIENCE, () -> learner.view().progress().step() >= step);
      long moment = System.nanoTime() + Duration.ofMillis(random.nextInt(60)).toNanos();
      jvms.await("the moment", PATIENCE, () -> System.nanoTime() >= moment);
      Jvms.kill(worker);
      long killed = System.nanoTime();
      long before = learner.view().progress().step();
      jvms.start("worker-2", arguments(folder, "rollout", 0, port, false, temp));
      jvms.await("word of the loss", PATIENCE, () -> isLost(learner));
      jvms.await(
          "a step by the replacement",
          PATIENCE,
          () -> learner.view().progress().step() > before + 1);
      System.out.printf(
          "replacement served %.1f s after the kill%n", (System.nanoTime() - killed) / 1e9);

      RunSummary summary = ToyRun.await(learner);

      assertThat(summary.status()).isEqualTo(RunSummary.Status.FINISHED);
      assertThat(summary.policySha256()).isEqualTo(expected);
      assertThat(summary.ledger().violations()).isEmpty();
      assertThat(summary.ledger().clean()).isTrue();
      assertThat(summary.ledger().consumed()).isEqualTo(STEPS * 12);
      assertThat(learner.view().links())
          .anyMatch(link -> isFromRollout(link) && link.to().equals("coordinator"))
          .filteredOn(ClusterKillTest::isFromRollout)
          .filteredOn(link -> link.to().equals("coordinator"))
          .allMatch(link -> link.messages() > 0 && link.bytes() > link.messages());
      assertThat(learner.view().metrics(STEPS).get(0).get("control/bytes_per_sample")).isPositive();
    }
  }

  /** The reference moves at every step, and a checkpoint is due only at every fifth. */
  private static void killReward(Path temp, long seed) {
    String expected = undisturbed(temp.resolve("alone"));
    Path folder = temp.resolve("run");
    int port = Jvms.freePort();
    Random random = new Random(seed);
    try (Jvms jvms = new Jvms(temp.resolve("logs"));
        RunNode learner =
            run(folder)
                .checkpointEvery(5)
                .cluster(List.of("learner", "rollout"), port, "")
                .start()) {
      String roles = "reward,scoring";
      Process first = jvms.start("reward-1", arguments(folder, roles, 0, port, false, temp));
      long step = 1L + random.nextInt((int) STEPS - 2);
      jvms.await("step " + step, PATIENCE, () -> learner.view().progress().step() >= step);
      long moment = System.nanoTime() + Duration.ofMillis(random.nextInt(60)).toNanos();
      jvms.await("the moment", PATIENCE, () -> System.nanoTime() >= moment);
      Jvms.kill(first);
      jvms.start("reward-2", arguments(folder, roles, 0, port, false, temp));

      RunSummary summary = ToyRun.await(learner);

      assertThat(summary.error()).isEmpty();
      assertThat(summary.policySha256()).isEqualTo(expected);
      assertThat(summary.ledger().violations()).isEmpty();
      assertThat(new RunFolder(folder).checkpoint(STEPS).resolve("reference"))
          .isNotEmptyDirectory();
      assertThat(folder.resolve("reference")).doesNotExist();
    }
  }

  private static boolean isFromRollout(RunView.Link link) {
    return link.from().startsWith("rollout-1@");
  }

  private static boolean isLost(RunNode learner) {
    return learner.view().actors().stream()
        .anyMatch(actor -> actor.role().equals("rollout") && actor.activity() == Activity.LOST);
  }

  private static void killLearner(Path temp, long seed, String roles, String others) {
    String expected = undisturbed(temp.resolve("alone"));
    Path folder = temp.resolve("run");
    int port = Jvms.freePort();
    Random random = new Random(seed);
    Path result = temp.resolve("learner.txt");
    try (Jvms jvms = new Jvms(temp.resolve("logs"))) {
      Process first = jvms.start("learner-1", arguments(folder, roles, port, 0, false, temp));
      Process worker = jvms.start("worker", arguments(folder, others, 0, port, false, temp));
      long step = 1L + random.nextInt((int) STEPS - 2);
      jvms.await("step " + step, PATIENCE, () -> steps(folder) >= step);
      long moment = System.nanoTime() + Duration.ofMillis(random.nextInt(60)).toNanos();
      jvms.await("the moment", PATIENCE, () -> System.nanoTime() >= moment);
      Jvms.kill(first);
      long killed = System.nanoTime();
      int linesBefore = journalSegments(folder);
      jvms.start("learner-2", arguments(folder, roles, port, 0, true, temp));
      jvms.await("the restart", PATIENCE, () -> journalSegments(folder) > linesBefore);
      jvms.await("the end", PATIENCE, () -> Files.exists(result));
      System.out.printf("ended %.1f s after the kill%n", (System.nanoTime() - killed) / 1e9);

      assertThat(read(result)).isEqualTo("FINISHED " + expected + " true ");
      jvms.await("the end of the worker", PATIENCE, () -> !worker.isAlive());
      assertThat(read(temp.resolve("worker.txt"))).startsWith("FINISHED " + expected);
    }
  }

  private static ToyRun run(Path folder) {
    return new ToyRun(folder).steps(STEPS).pace(PACE).scored();
  }

  private static String undisturbed(Path folder) {
    return new ToyRun(folder).steps(STEPS).scored().run().policySha256();
  }

  private static String[] arguments(
      Path folder, String roles, int port, int seedPort, boolean resume, Path temp) {
    boolean learner = roles.contains("learner");
    return new String[] {
      folder.toString(),
      roles,
      String.valueOf(port),
      learner ? "-" : "127.0.0.1:" + seedPort,
      String.valueOf(STEPS),
      String.valueOf(PACE.toMillis()),
      String.valueOf(resume),
      temp.resolve(learner ? "learner.txt" : "worker.txt").toString()
    };
  }

  private static long steps(Path folder) {
    Path metrics = folder.resolve("metrics.jsonl");
    return Files.exists(metrics)
        ? read(metrics).lines().filter(line -> line.contains("timing_s/step")).count()
        : 0;
  }

  private static int journalSegments(Path folder) {
    String[] names = folder.resolve("events").toFile().list();
    return names == null ? 0 : names.length;
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
