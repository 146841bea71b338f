package dev.kelpie.actors.plan;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class OperatorRequestsTest {
  private final List<String> said = new ArrayList<>();
  private final OperatorRequests requests =
      new OperatorRequests(said::add, warning -> said.add("warning: " + warning));

  @Test
  void pauseIsReachedOnceWhenNobodyWorks() {
    assertThat(requests.mayBegin()).isTrue();
    requests.pause();
    requests.pause();
    assertThat(said).hasSize(1).first().asString().startsWith("pausing");
    assertThat(requests.mayBegin()).isFalse();
    requests.reachPause(false, 3, 10);
    assertThat(requests.paused()).isFalse();
    requests.reachPause(true, 4, 20);
    requests.reachPause(true, 4, 30);
    assertThat(requests.paused()).isTrue();

    assertThat(requests.resume(4, 70)).contains(Duration.ofNanos(50));

    assertThat(requests.mayBegin()).isTrue();
    assertThat(requests.resume(4, 80)).isEmpty();
    assertThat(said).endsWith("paused by request after step 4", "resumed after step 4");
  }

  @Test
  void pauseThatIsTakenBackBeforeItIsReachedTookNoTime() {
    requests.pause();
    assertThat(requests.resume(1, 99)).contains(Duration.ZERO);
    requests.reachPause(true, 1, 100);
    assertThat(requests.paused()).isFalse();
  }

  @Test
  void checkpointIsTakenOnceWhenItIsPossibleAndNotThere() {
    assertThat(requests.takeSave(true, false, 5)).isFalse();
    requests.saveNow();
    assertThat(requests.takeSave(false, false, 5)).isFalse();
    assertThat(requests.takeSave(true, false, 5)).isTrue();
    assertThat(requests.takeSave(true, false, 5)).isFalse();
    requests.saveNow();
    assertThat(requests.takeSave(true, true, 6)).isFalse();
    assertThat(said).containsExactly("checkpoint of step 6 was saved before");
  }

  @Test
  void drainingNobodyAndDrainingTheLastIsWarnedOf() {
    requests.drain("rollout-2@h:1", WorkerPool.Draining.UNKNOWN, List.of("rollout-1@h:1"));
    requests.drain("x", WorkerPool.Draining.UNKNOWN, List.of());
    requests.drain("rollout-1@h:1", WorkerPool.Draining.BEGUN, List.of("rollout-3@h:1"));
    requests.drain("rollout-1@h:1", WorkerPool.Draining.ALREADY, List.of("rollout-3@h:1"));
    requests.drain("rollout-3@h:1", WorkerPool.Draining.BEGUN, List.of());
    assertThat(said)
        .containsExactly(
            "warning: drain: rollout-2@h:1 (expected: rollout-1@h:1? one of rollout-1@h:1)",
            "warning: drain: x (expected: a rollout worker; there is none that gets work)",
            "rollout-1@h:1 is drained already",
            "warning: rollout-3@h:1 is the last rollout worker: the run waits until another one"
                + " joins");
  }
}
