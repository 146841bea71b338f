package dev.kelpie.cli.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class RestartBudgetTest {
  @Test
  void restartsAreCountedWithinASpanOfTime() {
    RestartBudget budget = new RestartBudget(2, Duration.ofNanos(100));
    assertThat(budget.take(0)).isTrue();
    assertThat(budget.take(50)).isTrue();
    assertThat(budget.take(100)).isFalse();
    assertThat(budget.taken()).isEqualTo(2);
    // The first is older than the span now.
    assertThat(budget.take(101)).isTrue();
    assertThat(budget.take(102)).isFalse();
  }
}
