package dev.kelpie.tensors;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ScalarsTest {
  private static final int TERMS = 64;
  private static final int BUFFERS = 1000;
  private static final int MOST_COLLECTIONS = 1000; // a loaded machine frees them late

  /** The derivatives at x = 2; a number read as 0 would make them 0, infinite, 1 and 0. */
  @ParameterizedTest
  @CsvSource({"mul, 0.5, 0.5", "div, 4, 0.25", "maximum, 3, 0", "minimum, 3, 1"})
  void gradientIsRightAfterGarbageIsCollected(String operation, double number, float derivative) {
    try (TrainingScope scope = TrainingScope.open()) {
      NDArray x = scope.leaf(scope.floats(new float[] {2}, 1)); // [1]
      NDArray sum = x.zerosLike(); // [1]
      for (int i = 0; i < TERMS; i++) {
        sum = sum.add(of(operation, number).apply(x)); // [1]
      }
      collectAndReuseBuffers();
      NDArray gradient = scope.gradients(sum.sum(), List.of(x)).get(0); // [1]
      assertThat(gradient.toFloatArray()).containsExactly(TERMS * derivative);
    }
  }

  private static UnaryOperator<NDArray> of(String operation, double number) {
    return switch (operation) {
      case "mul" -> x -> Scalars.mul(x, number);
      case "div" -> x -> Scalars.div(x, number);
      case "maximum" -> x -> Scalars.maximum(x, number);
      case "minimum" -> x -> Scalars.minimum(x, number);
      default -> throw new IllegalArgumentException(operation);
    };
  }

  /** Drops buffers, collects garbage until their memory is free, and writes over free memory. */
  private static void collectAndReuseBuffers() {
    BufferPoolMXBean direct =
        ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
            .filter(pool -> pool.getName().equals("direct"))
            .findFirst()
            .orElseThrow();
    long before = direct.getCount();
    assertThat(buffers()).hasSize(BUFFERS);
    assertThat(direct.getCount()).isGreaterThan(before);
    for (int i = 0; i < MOST_COLLECTIONS && direct.getCount() > before; i++) {
      System.gc();
    }
    assertThat(direct.getCount()).as("buffers after collection").isLessThanOrEqualTo(before);
    assertThat(buffers()).allMatch(buffer -> buffer.getLong(0) == 0);
  }

  private static List<ByteBuffer> buffers() {
    return IntStream.range(0, BUFFERS).mapToObj(i -> ByteBuffer.allocateDirect(8)).toList();
  }

  @Test
  void resultsHaveTheBitsOfTheEnginesOwn() {
    try (InferenceScope scope = InferenceScope.open()) {
      NDArray single = scope.floats(new float[] {0.1f, -3, 1e-30f}, 3); // [3]
      NDArray twice = scope.manager().create(new double[] {0.1, -3, 1e-300}); // [3]
      for (NDArray x : List.of(single, twice)) {
        for (Number n : List.<Number>of(0.3, 0.3f, 7, 7L)) {
          assertThat(Scalars.mul(x, n)).isEqualTo(x.mul(n));
          assertThat(Scalars.div(x, n)).isEqualTo(x.div(n));
          assertThat(Scalars.maximum(x, n)).isEqualTo(x.maximum(n));
          assertThat(Scalars.minimum(x, n)).isEqualTo(x.minimum(n));
        }
      }
    }
  }
}
