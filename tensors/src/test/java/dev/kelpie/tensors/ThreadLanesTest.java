package dev.kelpie.tensors;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;

class ThreadLanesTest {
  private static final Callable<String> WHO = () -> Thread.currentThread().getName();

  @Test
  void sharesTheThreadsAndRunsEachPieceOnALaneOfItsOwn() {
    try (ThreadLanes lanes = ThreadLanes.start("lane", 1, 3, 5)) {
      // 5 threads in 3 lanes: 2, 2, 1
      assertThat(List.of(0, 1, 2))
          .extracting(lane -> lanes.thread(lane).threads())
          .containsExactly(2, 2, 1);
      assertThat(lanes.callAll(List.of(WHO, WHO))).containsExactly("lane-1", "lane-2");
      assertThat(lanes.callAll(2, lane -> lane + Thread.currentThread().getName()))
          .containsExactly("0lane-1", "1lane-2");
      assertThat(lanes.rounds(List.of(1, 2, 3, 4))).containsExactly(List.of(1, 2, 3), List.of(4));
    }
  }

  @Test
  void withoutLanesTheCallerWorks() {
    try (ThreadLanes none = ThreadLanes.start("lane", 0, 0, 2)) {
      assertThat(none.count()).isEqualTo(1);
      assertThat(none.callAll(2, lane -> Thread.currentThread()))
          .containsOnly(Thread.currentThread());
      assertThat(none.rounds(List.of(1, 2))).containsExactly(List.of(1), List.of(2));
    }
  }
}
