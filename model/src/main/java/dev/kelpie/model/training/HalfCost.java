package dev.kelpie.model.training;

import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What products in bfloat16 cost where the processor has no fast ones. The factors are those of one
 * thread against float32, measured with oneDNN held to each set of instructions.
 */
public final class HalfCost {
  private static final String MEASURE = " (kelpie bench pairs MODEL --precision bf16 measures it)";

  private HalfCost() {}

  /** The warning of this machine; none where products in bfloat16 are fast. */
  public static Optional<String> warning() {
    return warning(CpuFacts.lines());
  }

  /** That by the lines of {@code /proc/cpuinfo}. */
  static Optional<String> warning(List<String> processor) {
    if (processor.isEmpty()) {
      return Optional.of("bf16 on a processor that is not known here, nor is its speed" + MEASURE);
    }
    Set<String> has = CpuFacts.instructions(processor);
    if (has.contains("amx_bf16")) {
      return Optional.empty();
    }
    if (has.contains("avx512_bf16")) {
      return Optional.of(
          "bf16 with avx512_bf16 but without amx_bf16: products may take up to 1.5 times as long as"
              + " in fp32"
              + MEASURE);
    }
    if (has.contains("bf16") || has.contains("svebf16")) {
      return Optional.of("bf16 on a processor of ARM, where its speed is not known" + MEASURE);
    }
    int times = has.containsAll(Set.of("avx512bw", "avx512vl", "avx512dq")) ? 4 : 25;
    return Optional.of(
        "bf16 without amx_bf16 or avx512_bf16: products take about "
            + times
            + " times as long as in fp32"
            + MEASURE);
  }
}
