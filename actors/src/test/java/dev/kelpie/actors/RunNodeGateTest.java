package dev.kelpie.actors;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.config.EvalOptions;
import dev.kelpie.config.Goal;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.runs.RunSummary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs that their evaluations end. */
class RunNodeGateTest {
  /** Closes at the first evaluation after a step, that of step 3. */
  private static final EvalOptions.Gate CLOSES =
      new EvalOptions.Gate(
          "eval/reward/mean",
          Goal.MAX,
          EvalOptions.Gate.Action.STOP,
          3,
          0,
          OptionalDouble.of(1e9),
          EvalOptions.Gate.Rollback.DEFAULTS);

  @Test
  void gateStopsTheRunAfterTheMeasuredStepWithItsCheckpointAndAReason(@TempDir Path temp) {
    String through = new ToyRun(temp.resolve("three")).steps(3).run().policySha256();
    for (int staleness : List.of(0, 2)) {
      Path folder = temp.resolve("gated-" + staleness);
      RunSummary summary;
      List<String> events;
      try (RunNode node = new ToyRun(folder).staleness(staleness).gate(CLOSES).start()) {
        summary = ToyRun.await(node);
        events = node.view().events().stream().map(event -> event.text()).toList();
      }
      assertThat(summary.status()).isEqualTo(RunSummary.Status.STOPPED);
      assertThat(summary.steps()).isEqualTo(3);
      assertThat(summary.reason().orElseThrow())
          .matches("gate: eval/reward/mean [0-9.]+ after step 3 is below gate.threshold = 1.0E9");
      assertThat(events).anyMatch(text -> text.startsWith("the gate closes after step 3: eval/"));
      assertThat(new RunFolder(folder).checkpoint(3)).isDirectory();
      assertThat(summary.ledger().violations()).isEmpty();
      if (staleness == 0) {
        assertThat(summary.policySha256()).isEqualTo(through);
      }
    }
  }

  @Test
  void gateStaysClosedOnAResumeAndClosesAtTheSameStepWhenTheCheckpointWasLost(@TempDir Path temp)
      throws IOException {
    RunSummary first = new ToyRun(temp).gate(CLOSES).run();
    RunSummary again = new ToyRun(temp).gate(CLOSES).resume().run();
    assertThat(again.steps()).isEqualTo(3);
    assertThat(again.reason()).isEqualTo(first.reason());
    assertThat(again.policySha256()).isEqualTo(first.policySha256());

    // as if the process had been killed between the evaluation and its checkpoint
    delete(new RunFolder(temp).checkpoint(3));
    RunSummary killed = new ToyRun(temp).gate(CLOSES).resume().run();
    assertThat(killed.steps()).isEqualTo(3);
    assertThat(killed.reason()).isEqualTo(first.reason());
    assertThat(killed.policySha256()).isEqualTo(first.policySha256());
    assertThat(killed.ledger().violations()).isEmpty();
  }

  @Test
  void openGateChangesNothing(@TempDir Path temp) {
    EvalOptions.Gate open =
        new EvalOptions.Gate(
            "eval/reward/mean",
            Goal.MAX,
            EvalOptions.Gate.Action.STOP,
            3,
            0,
            OptionalDouble.of(-1e9),
            EvalOptions.Gate.Rollback.DEFAULTS);
    RunSummary plain = new ToyRun(temp.resolve("plain")).run();
    RunSummary gated = new ToyRun(temp.resolve("gated")).gate(open).run();
    assertThat(gated.status()).isEqualTo(RunSummary.Status.FINISHED);
    assertThat(gated.reason()).isEmpty();
    assertThat(gated.policySha256()).isEqualTo(plain.policySha256());
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
