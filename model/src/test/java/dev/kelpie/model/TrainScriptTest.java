package dev.kelpie.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class TrainScriptTest {
  private static String products(String vendor, String family) {
    return TrainScript.products(
        List.of("processor\t: 0", "vendor_id\t: " + vendor, "cpu family\t: " + family));
  }

  @Test
  void picksTheProductsByTheProcessor() {
    assertThat(products("GenuineIntel", "6")).isEqualTo("train_gemm_aten.py");
    assertThat(products("AuthenticAMD", "25")).isEqualTo("train_gemm_mixed.py");
    assertThat(products("AuthenticAMD", "26")).isEqualTo("train_gemm_onednn.py");
    assertThat(TrainScript.products(List.of())).isEqualTo("train_gemm_aten.py");
  }
}
