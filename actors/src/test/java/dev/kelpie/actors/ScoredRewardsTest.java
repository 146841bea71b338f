package dev.kelpie.actors;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.runs.RunSummary;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs whose rewards are made of numbers that models have computed first. */
class ScoredRewardsTest {
  private static final long STEPS = 8;
  private static final Duration PACE = Duration.ofMillis(60);
  private static final Duration PATIENCE = Duration.ofSeconds(90);

  private static String undisturbed(Path folder) {
    RunSummary summary = new ToyRun(folder).steps(STEPS).rewardsNeedNumbers().run();
    assertThat(summary.error()).isEmpty();
    assertThat(summary.ledger().clean()).isTrue();
    return summary.policySha256();
  }

  @Test
  void twoWorkersAndAResumedRunEndWithTheWeightsOfOneProcess(@TempDir Path temp) {
    String expected = undisturbed(temp.resolve("alone"));
    assertThat(new ToyRun(temp.resolve("x")).steps(STEPS).scored().run().policySha256())
        .isNotEqualTo(expected);
    RunSummary two =
        new ToyRun(temp.resolve("two")).steps(STEPS).workers(2).rewardsNeedNumbers().run();
    assertThat(two.policySha256()).isEqualTo(expected);
    Path parts = temp.resolve("parts");
    new ToyRun(parts).steps(5).rewardsNeedNumbers().run();
    RunSummary resumed = new ToyRun(parts).steps(STEPS).rewardsNeedNumbers().resume().run();
    assertThat(resumed.error()).isEmpty();
    assertThat(resumed.policySha256()).isEqualTo(expected);
  }

  @Test
  void aScoringProcessKilledBetweenNumbersAndRewardsChangesNothing(@TempDir Path temp) {
    String expected = undisturbed(temp.resolve("alone"));
    Path folder = temp.resolve("run");
    int port = Jvms.freePort();
    try (Jvms jvms = new Jvms(temp.resolve("logs"));
        RunNode learner =
            new ToyRun(folder)
                .steps(STEPS)
                .pace(PACE)
                .rewardsNeedNumbers()
                .checkpointEvery(5)
                .cluster(List.of("learner", "rollout", "reward"), port, "")
                .start()) {
      Process first = jvms.start("scoring-1", arguments(folder, "rollout,scoring", port, temp));
      jvms.await("step 3", PATIENCE, () -> learner.view().progress().step() >= 3);
      Jvms.kill(first);
      jvms.start("scoring-2", arguments(folder, "rollout,scoring", port, temp));

      RunSummary summary = ToyRun.await(learner);

      assertThat(summary.error()).isEmpty();
      assertThat(summary.policySha256()).isEqualTo(expected);
      assertThat(summary.ledger().violations()).isEmpty();
    }
  }

  private static String[] arguments(Path folder, String roles, int port, Path temp) {
    return new String[] {
      folder.toString(),
      roles,
      "0",
      "127.0.0.1:" + port,
      String.valueOf(STEPS),
      String.valueOf(PACE.toMillis()),
      "false",
      temp.resolve("worker.txt").toString(),
      "numbers"
    };
  }
}
