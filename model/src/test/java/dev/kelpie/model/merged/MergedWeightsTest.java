package dev.kelpie.model.merged;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.experience.WeightSnapshot;
import dev.kelpie.model.adapter.AdapterWeights;
import dev.kelpie.model.architecture.CheckpointException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class MergedWeightsTest {
  private static final String A = "base_model.model.m.lora_A.weight";
  private static final String B = "base_model.model.m.lora_B.weight";

  /** Tensors of two dimensions, by name. */
  private record Given(Map<String, float[][]> matrices, long number) implements WeightSnapshot {
    @Override
    public String model() {
      return "policy";
    }

    @Override
    public PolicyVersion version() {
      return new PolicyVersion(number);
    }

    @Override
    public OptionalLong parent() {
      return OptionalLong.empty();
    }

    @Override
    public List<Tensor> tensors() {
      return new TreeMap<>(matrices)
          .entrySet().stream()
              .map(
                  entry ->
                      new Tensor(
                          entry.getKey(),
                          "F32",
                          List.of(
                              (long) entry.getValue().length, (long) entry.getValue()[0].length)))
              .toList();
    }

    @Override
    public void read(Tensor tensor, int chunkBytes, ChunkSink sink) {
      for (float[] row : Objects.requireNonNull(matrices.get(tensor.name()))) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * row.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(row);
        sink.accept(bytes);
      }
    }
  }

  private static final float[][] DOWN = {{1, 2, 3}, {0, 1, -1}}; // A [r = 2, in = 3]
  private static final float[][] UP = {{1, 0}, {2, -1}}; // B [out = 2, r = 2]

  private static WeightSnapshot adapter() {
    return new AdapterWeights(new Given(Map.of(A, DOWN, B, UP), 7), 0.5, "");
  }

  @Test
  void weightsOfAnAdapterNameTheirBase() {
    String base = "00ff".repeat(15) + "fffe";
    AdapterWeights named = new AdapterWeights(new Given(Map.of(A, DOWN, B, UP), 7), 0.5, base);
    assertThat(AdapterWeights.base(named)).isEqualTo(base);
    assertThat(AdapterWeights.base(adapter())).isEmpty();
  }

  @Test
  void addsTheScaledProductOfUpAndDown() {
    // B A = [[1, 2, 3], [2, 3, 7]]; W + B A / 2
    WeightSnapshot base =
        new Given(
            Map.of("m.weight", new float[][] {{1, 1, 1}, {0, 0, 0}}, "n", new float[][] {{9}}), 0);
    WeightSnapshot merged = new MergedWeights(base, adapter(), false);
    assertThat(merged.version()).isEqualTo(new PolicyVersion(7));
    assertThat(read(merged, 0)).containsExactly(1.5f, 2f, 2.5f, 1f, 1.5f, 3.5f);
    assertThat(read(merged, 1)).containsExactly(9f);
  }

  @Test
  void aModuleThatWasTrainedInFullIsTakenWhole() {
    WeightSnapshot base =
        new Given(Map.of("m.weight", new float[2][3], "n.weight", new float[][] {{9}}), 0);
    Map<String, float[][]> own =
        Map.of(A, DOWN, B, UP, "base_model.model.n.weight", new float[][] {{5}});
    WeightSnapshot merged =
        new MergedWeights(base, new AdapterWeights(new Given(own, 7), 0.5, ""), false);
    assertThat(read(merged, 0)).containsExactly(0.5f, 1f, 1.5f, 1f, 1.5f, 3.5f);
    assertThat(read(merged, 1)).containsExactly(5f);
  }

  @Test
  void addsTheTransposeWhereWeightsAreStoredSo() {
    WeightSnapshot base =
        new Given(Map.of("m.weight", new float[][] {{1, 0}, {1, 0}, {1, 0}}), 0); // [in, out]
    WeightSnapshot merged = new MergedWeights(base, adapter(), true);
    assertThat(read(merged, 0)).containsExactly(1.5f, 1f, 2f, 1.5f, 2.5f, 3.5f);
  }

  @Test
  void anAdapterOfOtherModulesIsRefused() {
    WeightSnapshot other = new Given(Map.of("k.weight", new float[][] {{1}}), 0);
    WeightSnapshot wide = new Given(Map.of("m.weight", new float[2][4]), 0);
    assertThatThrownBy(() -> new MergedWeights(other, adapter(), false))
        .isInstanceOf(CheckpointException.class)
        .hasMessage("policy v7: tensors of other modules (expected: an adapter of the base)");
    assertThatThrownBy(() -> new MergedWeights(wide, adapter(), false))
        .isInstanceOf(CheckpointException.class)
        .hasMessage("m.weight: shape [2, 3] by the adapter (expected: [2, 4] by the base)");
    assertThatThrownBy(() -> new MergedWeights(other, other, false))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("lora_scale is missing");
  }

  private static float[] read(WeightSnapshot weights, int index) {
    WeightSnapshot.Tensor tensor = weights.tensors().get(index);
    ByteBuffer all =
        ByteBuffer.allocate(Math.toIntExact(tensor.bytes())).order(ByteOrder.LITTLE_ENDIAN);
    weights.read(tensor, 8, all::put);
    float[] numbers = new float[all.capacity() / 4];
    all.flip().order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(numbers);
    return numbers;
  }
}
