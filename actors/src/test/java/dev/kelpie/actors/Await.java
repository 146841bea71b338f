package dev.kelpie.actors;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waits, at most a minute, until a run shows something. */
final class Await {
  private Await() {}

  static void step(RunNode node, long step) {
    that(node, "step " + step, () -> node.view().progress().step() >= step);
  }

  static void event(RunNode node, String text) {
    that(
        node,
        text,
        () -> node.view().events().stream().anyMatch(event -> event.text().contains(text)));
  }

  static void that(RunNode node, String what, BooleanSupplier condition) {
    long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime())
          .as("%s; actors %s; events %s", what, node.view().actors(), node.view().events())
          .isLessThan(end);
      LockSupport.parkNanos(Duration.ofMillis(5).toNanos());
    }
  }
}
