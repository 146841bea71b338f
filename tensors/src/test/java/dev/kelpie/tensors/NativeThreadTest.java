package dev.kelpie.tensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.pytorch.jni.JniUtils;
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
}
