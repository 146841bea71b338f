package dev.kelpie.cli.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class VersionTest {
  @Test
  void namesBuildJdkLibtorchProcessorAndSystem() {
    List<String> lines = Version.lines();
    assertThat(lines).hasSize(5);
    assertThat(lines.get(0)).matches("Kelpie \\d\\S* \\(commit \\S+\\), Java .*");
    assertThat(lines.get(1)).startsWith("JDK: ").endsWith(System.getProperty("java.home"));
    assertThat(lines.get(2))
        .matches("libtorch: \\d+\\.\\d+\\.\\d+\\S* cpu, unpacked to /.*pytorch");
    assertThat(lines.get(3)).matches("processor: .+, \\d+ cores?.*");
    assertThat(lines.get(4)).matches("system: .*, \\d+ MiB of memory, heap of at most \\d+ MiB.*");
  }

  @Test
  void readsTheNameAndTheVectorInstructionsOfAProcessor() {
    List<String> intel =
        List.of(
            "processor\t: 0",
            "model name\t: Intel(R) Xeon(R) Platinum 8481C CPU @ 2.70GHz",
            "flags\t\t: fpu avx avx2 avx512f amx_bf16",
            "model name\t: another");
    assertThat(Cores.of(intel, 2).line())
        .isEqualTo("Intel(R) Xeon(R) Platinum 8481C CPU @ 2.70GHz, 2 cores, avx2 avx512f amx_bf16");
    List<String> arm = List.of("Features\t: fp asimd bf16", "CPU part\t: 0xd4f");
    assertThat(Cores.of(arm, 1).line()).isEqualTo("0xd4f, 1 core, asimd bf16");
    assertThat(Cores.of(List.of(), 4).line()).isEqualTo("unknown name, 4 cores");
  }
}
