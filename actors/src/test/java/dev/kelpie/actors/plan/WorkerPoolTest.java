package dev.kelpie.actors.plan;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class WorkerPoolTest {
  private final CoreBudget budget = new CoreBudget();
  private final WorkerPool<String, String> desk = new WorkerPool<>(budget);
  private final Deque<String> tasks = new ArrayDeque<>(List.of("one", "two", "three"));

  @Test
  void workIsGivenToThoseWhoAsk() {
    ask("a", 1, 0);
    assertThat(grants()).containsExactly("a:one");
    assertThat(grants()).isEmpty();
    ask("b", 1, 0);
    assertThat(grants()).containsExactly("b:two");
    assertThat(desk.finished("a", "one"::equals)).contains("one");
    assertThat(desk.finished("a", "one"::equals)).isEmpty();
    assertThat(grants()).isEmpty();
    ask("a", 1, 0);
    assertThat(grants()).containsExactly("a:three");
  }

  @Test
  void whoAsksWhileHoldingATaskGetsItAgain() {
    ask("a", 1, 0);
    grants();
    assertThat(ask("a", 1, 0)).isEmpty();
    assertThat(grants()).containsExactly("a:one");
  }

  @Test
  void nextIncarnationHasLostTheTask() {
    ask("a", 1, 0);
    grants();
    assertThat(ask("a", 2, 0)).contains("one");
    assertThat(grants()).containsExactly("a:two");
  }

  @Test
  void lostNodeGivesItsTasksBack() {
    ask("a", 1, 0);
    ask("b", 1, 0);
    grants();
    assertThat(desk.nodeLost("host:1")).containsExactlyInAnyOrder("one", "two");
    assertThat(desk.all()).isEmpty();
  }

  @Test
  void workersOnTooFewCoresTakeTurns() {
    // Three workers of two threads on four cores: two at a time.
    ask("a", 1, 2);
    ask("b", 1, 2);
    ask("c", 1, 2);
    assertThat(grants()).containsExactly("a:one", "b:two");
    desk.finished("a", "one"::equals);
    assertThat(grants()).containsExactly("c:three");
  }

  @Test
  void processesOfOneMachineTakeTurnsToo() {
    desk.ready(new WorkerPool.Worker("a", "host:1", 1, 2, 2), "a", Instant.EPOCH);
    desk.ready(new WorkerPool.Worker("b", "host:2", 1, 2, 2), "b", Instant.EPOCH);
    desk.ready(new WorkerPool.Worker("c", "other:1", 1, 2, 2), "c", Instant.EPOCH);
    assertThat(grants()).containsExactly("a:one", "c:two");
    desk.finished("a", "one"::equals);
    assertThat(grants()).containsExactly("b:three");
  }

  @Test
  void workersOfOtherKindsShareTheCores() {
    WorkerPool<String, String> scoring = new WorkerPool<>(budget);
    scoring.ready(new WorkerPool.Worker("s", "host:9", 1, 1, 2), "s", Instant.EPOCH);
    desk.ready(new WorkerPool.Worker("a", "host:1", 1, 2, 2), "a", Instant.EPOCH);
    desk.ready(new WorkerPool.Worker("b", "other:1", 1, 2, 2), "b", Instant.EPOCH);

    assertThat(grants()).containsExactly("a:one", "b:two");
    assertThat(grants(scoring)).isEmpty();
    desk.finished("a", "one"::equals);
    assertThat(grants(scoring)).containsExactly("s:three");
    // One of two cores is left, and the next wants two.
    tasks.add("four");
    ask("a", 1, 2);
    assertThat(grants()).isEmpty();
    scoring.finished("s", "three"::equals);
    assertThat(grants()).containsExactly("a:four");
  }

  @Test
  void whoAsksInVainMayRestOnce() {
    ask("a", 1, 0);
    tasks.clear();
    grants();
    assertThat(desk.newlyIdle()).containsExactly("a");
    ask("a", 1, 0);
    assertThat(desk.newlyIdle()).isEmpty();
  }

  @Test
  void drainedWorkerFinishesItsTaskAndGetsNoOther() {
    ask("a", 1, 0);
    ask("b", 1, 0);
    grants();
    assertThat(desk.drain("a")).isEqualTo(WorkerPool.Draining.BEGUN);
    assertThat(desk.drain("a")).isEqualTo(WorkerPool.Draining.ALREADY);
    assertThat(desk.drain("c")).isEqualTo(WorkerPool.Draining.UNKNOWN);
    assertThat(desk.serving()).containsExactly("b");
    // It holds a task still, and gets that again when it has missed it.
    assertThat(desk.drained(worker -> true)).isEmpty();
    ask("a", 1, 0);
    assertThat(grants()).containsExactly("a:one");

    desk.finished("a", "one"::equals);
    ask("a", 1, 0);

    assertThat(grants()).isEmpty();
    assertThat(desk.drained(worker -> true))
        .extracting(WorkerPool.IdleWorker::address)
        .containsExactly("a");
    assertThat(desk.drained(worker -> true)).isEmpty();
    assertThat(desk.newlyIdle()).isEmpty();
    desk.finished("b", "two"::equals);
    assertThat(desk.busy()).isFalse();
  }

  @Test
  void drainedWorkerStaysDrainedWhenItIsRestarted() {
    ask("a", 1, 0);
    grants();
    desk.drain("a");
    assertThat(ask("a", 2, 0)).contains("one");
    assertThat(grants()).isEmpty();
  }

  private Optional<String> ask(String name, long incarnation, int threads) {
    return desk.ready(
        new WorkerPool.Worker(name, "host:1", incarnation, threads, 4), name, Instant.EPOCH);
  }

  private List<String> grants() {
    return grants(desk);
  }

  private List<String> grants(WorkerPool<String, String> from) {
    return from.grants(() -> Optional.ofNullable(tasks.poll()), Instant.EPOCH).stream()
        .map(grant -> grant.worker().name() + ":" + grant.task())
        .toList();
  }
}
