package dev.kelpie.algorithms;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class MetricsTest {
  @Test
  void partsMergeToTheNumberOfTheWhole() {
    // 3 of 10 tokens and 1 of 2 tokens: 4 of 12, not the mean of 0.3 and 0.5
    Metrics whole =
        new Metrics()
            .mean("share", 3, 10)
            .sum("loss", 0.25)
            .max("largest", 1)
            .merge(new Metrics().mean("share", 1, 2).sum("loss", 0.5).max("largest", 7));
    assertThat(whole.values())
        .containsEntry("share", 4.0 / 12)
        .containsEntry("loss", 0.75)
        .containsEntry("largest", 7.0);
  }
}
