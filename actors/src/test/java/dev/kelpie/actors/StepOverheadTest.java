package dev.kelpie.actors;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.experience.StepMetrics;
import dev.kelpie.runs.RunSummary;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the actors themselves cost; a measurement, so off by default. */
@Tag("slow")
class StepOverheadTest {
  @Test
  void littleOfAStepIsSpentOutsideItsPhases(@TempDir Path temp) {
    // A step takes 400 ms to generate and 100 ms to train, like the quickstart's.
    new ToyRun(temp.resolve("warm")).run();
    ToyRun run =
        new ToyRun(temp.resolve("run"))
            .steps(30)
            .withoutEvaluation()
            .unitPrompts(4)
            .checkpointEvery(100)
            .pace(Duration.ofMillis(400));
    long start = System.nanoTime();
    try (RunNode node = RunNode.start(run.setup())) {
      while (node.view().metrics(1).isEmpty()) {
        Thread.onSpinWait();
      }
      double first = (System.nanoTime() - start) / 1e9;
      RunSummary summary = ToyRun.await(node);
      List<StepMetrics> steps = node.view().metrics(5);
      double step = median(steps, "timing_s/step");
      double other = median(steps, "timing_s/other");
      System.out.printf(
          "start to first step %.2f s, step %.4f s, other %.4f s = %.2f %%, of it writing %.4f s,"
              + " reading %.4f s; all %s%n",
          first,
          step,
          other,
          100 * other / step,
          median(steps, "timing_s/other_write"),
          median(steps, "timing_s/other_read"),
          summary.timingShares());
      assertThat(other / step).isLessThan(0.03);
    }
  }

  private static double median(List<StepMetrics> steps, String name) {
    double[] sorted = steps.stream().mapToDouble(step -> step.get(name)).sorted().toArray();
    return sorted[sorted.length / 2];
  }
}
