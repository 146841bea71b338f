package dev.kelpie.model.training;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class HalfCostTest {
  private static String warning(String line) {
    return HalfCost.warning(List.of("processor\t: 0", line)).orElse("");
  }

  @Test
  void saysWhatTheProcessorLacksAndWhatThatCosts() {
    assertThat(warning("flags\t\t: fpu avx512dq avx512bw avx512vl avx512_bf16 amx_tile amx_bf16"))
        .isEmpty();
    assertThat(warning("flags\t\t: fpu avx512dq avx512bw avx512vl avx512_bf16"))
        .startsWith("bf16 with avx512_bf16 but without amx_bf16:")
        .contains("1.5 times");
    assertThat(warning("flags\t\t: fpu avx2 avx512dq avx512bw avx512vl")).contains("about 4 times");
    assertThat(warning("flags\t\t: fpu avx2")).contains("about 25 times");
    assertThat(warning("Features\t: fp asimd bf16 i8mm")).contains("is not known");
    assertThat(HalfCost.warning(List.of()).orElse(""))
        .contains("not known")
        .doesNotContain("times");
  }
}
