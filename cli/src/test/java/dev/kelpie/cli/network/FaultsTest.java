package dev.kelpie.cli.network;

import dev.kelpie.runs.FileTree;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Faults of processes, hosts and disks, as {@link FaultyRuns} says. */
@Tag("chaos")
@Timeout(value = 40, unit = TimeUnit.MINUTES)
class FaultsTest {
  private static final int DISK_MIB = 1500;
  private static FaultyRuns runs;

  @BeforeAll
  static void startHosts() throws Exception {
    runs = new FaultyRuns(DISK_MIB, "fallocate");
  }

  @AfterAll
  static void endHosts() throws Exception {
    if (runs != null) {
      runs.close();
    }
  }

  @Test
  void killedWorker() throws Exception {
    runs.survive(
        "killed-worker",
        Duration.ofSeconds(20),
        (cluster, number) -> HostedQuickstart.worker(runs.workerHost(number)).destroyForcibly());
  }

  @Test
  void killedLearner() throws Exception {
    runs.survive(
        "killed-learner",
        Duration.ofSeconds(30),
        (cluster, number) -> runs.learner().destroyForcibly());
  }

  @Test
  void killedReward() throws Exception {
    runs.survive(
        "killed-reward",
        Duration.ofSeconds(30),
        (cluster, number) -> runs.reward().destroyForcibly());
  }

  @Test
  void killedLauncher() throws Exception {
    runs.surviveKilledLaunchers("killed-launcher", Duration.ofSeconds(60));
  }

  @Test
  void workerThatStandsStillForAMinute() throws Exception {
    runs.survive(
        "stopped-worker",
        Duration.ofSeconds(20),
        (cluster, number) ->
            FaultyRuns.stopped(
                HostedQuickstart.worker(runs.workerHost(number)), Duration.ofMinutes(1)));
  }

  @Test
  void learnerThatStandsStillForAMinute() throws Exception {
    runs.survive(
        "stopped-learner",
        Duration.ofSeconds(30),
        (cluster, number) -> FaultyRuns.stopped(runs.learner(), Duration.ofMinutes(1)));
  }

  @Test
  void hostThatIsCutOff() throws Exception {
    runs.survive(
        "cut-off",
        Duration.ofSeconds(20),
        (cluster, number) -> cutOff(Duration.ofSeconds(20), 2 + number % 2));
  }

  @Test
  void allWorkersGoneForAMinute() throws Exception {
    runs.survive(
        "alone", Duration.ofSeconds(40), (cluster, number) -> cutOff(Duration.ofMinutes(1), 2, 3));
  }

  @Test
  void learnerOnOneSideAndAllWorkersOnTheOther() throws Exception {
    runs.survive(
        "halves", Duration.ofSeconds(40), (cluster, number) -> cutOff(Duration.ofSeconds(20), 1));
  }

  private static void cutOff(Duration time, int... numbers) throws Exception {
    for (int number : numbers) {
      runs.hosts().host(number).cut(true);
    }
    FaultyRuns.pause(time);
    for (int number : numbers) {
      runs.hosts().host(number).cut(false);
    }
  }

  @Test
  void hostThatLosesItsPowerAndComesBack() throws Exception {
    runs.survive(
        "power",
        Duration.ofSeconds(40),
        (cluster, number) -> {
          VirtualHost host = runs.workerHost(number);
          host.powerOff();
          FaultyRuns.pause(Duration.ofSeconds(5));
          host.startSshd();
        });
  }

  @Test
  void fullDiskOfTheLearner() throws Exception {
    runs.survive(
        "full-learner",
        Duration.ofSeconds(60),
        (cluster, number) -> fullDisk(runs.hosts().host(1), Duration.ofSeconds(10)));
  }

  @Test
  void fullDiskOfAWorker() throws Exception {
    runs.survive(
        "full-worker",
        Duration.ofSeconds(60),
        (cluster, number) -> fullDisk(runs.workerHost(number), Duration.ofSeconds(10)));
  }

  /** Takes what a disk has left, again and again, so that files that are deleted free nothing. */
  private static void fullDisk(VirtualHost host, Duration time) throws Exception {
    Path filler = host.disk().resolve("filler");
    Files.createDirectory(filler);
    long end = System.nanoTime() + time.toNanos();
    for (int i = 0; System.nanoTime() < end; i++) {
      long free = Files.getFileStore(filler).getUsableSpace();
      if (free > 0) {
        VirtualHosts.quietly(
            "fallocate", "-l", Long.toString(free), filler.resolve("part" + i).toString());
      }
      FaultyRuns.pause(Duration.ofMillis(20));
    }
    FileTree.delete(filler);
  }
}
