package dev.kelpie.tensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.pytorch.jni.JniUtils;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class NativeThreadTest {
  @Test
  void keepsItsOwnNumberOfThreadsWhateverOthersSet() {
    try (NativeThread one = NativeThread.start("one", 1);
        NativeThread two = NativeThread.start("two", 2)) {
      assertThat(one.call(NativeThreadTest::threadsAfterWork)).isEqualTo(1);
      assertThat(two.call(NativeThreadTest::threadsAfterWork)).isEqualTo(2);
      JniUtils.setNumThreads(3); // this thread's own number
      assertThat(one.call(NativeThreadTest::threadsAfterWork)).isEqualTo(1);
      assertThat(two.call(NativeThreadTest::threadsAfterWork)).isEqualTo(2);
      assertThat(threadsAfterWork()).isEqualTo(3);
    }
  }

  private static int threadsAfterWork() {
    try (InferenceScope scope = InferenceScope.open()) {
      NDArray x = scope.manager().ones(new ai.djl.ndarray.types.Shape(300, 300));
      x.matMul(x).sum().getFloat();
    }
    return JniUtils.getNumThreads();
  }

  @Test
  void handsOnWhatTheWorkThrows() {
    try (NativeThread thread = NativeThread.start("thrower", 1)) {
      assertThatThrownBy(
              () ->
                  thread.call(
                      () -> {
                        throw new IllegalArgumentException("rows: 0 (expected: >= 1)");
                      }))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("rows: 0 (expected: >= 1)");
    }
  }

  @Test
  void runsACallFromItselfAtOnce() {
    try (NativeThread thread = NativeThread.start("nested", 1)) {
      assertThat(thread.<Integer>call(() -> thread.call(() -> 5))).isEqualTo(5);
    }
  }

  @Test
  void refusesLessThanOneThread() {
    assertThatThrownBy(() -> NativeThread.start("none", 0))
        .hasMessage("threads: 0 (expected: >= 1)");
  }

  @Test
  void whoeverRunsOnSeveralThreadsGetsNothingBeforeAllHaveEnded() throws Exception {
    try (NativeThread one = NativeThread.start("one", 1);
        NativeThread two = NativeThread.start("two", 1)) {
      List<NativeThread> threads = List.of(one, two);
      List<Callable<String>> names =
          List.of(() -> Thread.currentThread().getName(), () -> Thread.currentThread().getName());
      assertThat(NativeThread.callAll(threads, names)).containsExactly("one", "two");

      CountDownLatch begun = new CountDownLatch(1);
      AtomicBoolean ended = new AtomicBoolean();
      Callable<String> fails =
          () -> {
            begun.await();
            throw new IllegalStateException("no");
          };
      Callable<String> slow =
          () -> {
            begun.countDown();
            try {
              new CountDownLatch(1).await(); // until it is interrupted
            } finally {
              ended.set(true);
            }
            return "";
          };
      assertThatThrownBy(() -> NativeThread.callAll(threads, List.of(fails, slow)))
          .hasMessage("no");
      assertThat(ended).isTrue();
    }
  }
}
