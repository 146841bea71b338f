package dev.kelpie.actors;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunNodeTest {
  @Test
  void wholeRunEndsWithCleanLedger(@TempDir Path folder) {
    long start = System.nanoTime();
    RunSummary summary = new ToyRun(folder.resolve("a")).run();
    System.out.println((System.nanoTime() - start) / 1e9 + " s " + summary);
    assertThat(summary.status()).isEqualTo(RunSummary.Status.FINISHED);
    assertThat(summary.steps()).isEqualTo(6);
    assertThat(summary.ledger().clean()).isTrue();
    // 6 steps of 4 prompts with 3 samples each
    assertThat(summary.ledger().consumed()).isEqualTo(72);
  }
}
