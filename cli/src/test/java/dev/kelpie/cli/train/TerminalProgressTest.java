package dev.kelpie.cli.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.actors.telemetry.LiveRunView;
import dev.kelpie.experience.RunPhase;
import dev.kelpie.experience.RunView.Progress;
import dev.kelpie.experience.StepMetrics;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TerminalProgressTest {
  private final StringWriter text = new StringWriter();
  private long seconds;
  private final TerminalProgress progress =
      new TerminalProgress(new PrintWriter(text), false, () -> seconds * 1_000_000_000L);

  @Test
  void timeLeftCountsTheStepsSinceTheFirstOne() {
    LiveRunView view = new LiveRunView(new Progress(RunPhase.STARTING, 0, 10));
    update(view, 5);
    finish(view, 1, 100);
    finish(view, 2, 140);
    finish(view, 3, 160);

    // Step 2 took 40 s: 8 x 40 s = 320 s. Steps 2 and 3 took 60 s: 7 x 30 s = 210 s.
    assertThat(steps())
        .containsExactly(
            "step 1/10  2.00 s/step",
            "step 2/10  2.00 s/step  5 min 20 s left",
            "step 3/10  2.00 s/step  3 min 30 s left");
  }

  @Test
  void timeLeftOfAResumedRunCountsFromTheResume() {
    LiveRunView view = new LiveRunView(new Progress(RunPhase.STARTING, 3, 10));
    update(view, 0);
    // The steps of the earlier process come into view one by one while the run starts.
    finish(view, 1, 1);
    finish(view, 2, 2);
    finish(view, 3, 3);
    finish(view, 4, 100);
    finish(view, 5, 130);

    // Step 5 took 30 s: 5 x 30 s = 150 s.
    assertThat(steps())
        .containsExactly("step 4/10  2.00 s/step", "step 5/10  2.00 s/step  2 min 30 s left");
  }

  private void finish(LiveRunView view, long step, long atSecond) {
    view.put(new StepMetrics(step, Map.of("timing_s/step", 2.0)));
    view.set(new Progress(RunPhase.TRAINING, step, 10));
    update(view, atSecond);
  }

  private void update(LiveRunView view, long atSecond) {
    seconds = atSecond;
    progress.update(view);
  }

  private List<String> steps() {
    return text.toString().lines().filter(line -> line.startsWith("step ")).toList();
  }
}
