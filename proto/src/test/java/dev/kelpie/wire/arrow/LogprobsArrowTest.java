package dev.kelpie.wire.arrow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.SampleId;
import dev.kelpie.wire.file.WrittenFile;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogprobsArrowTest {
  private final Path folder;

  LogprobsArrowTest(@TempDir Path folder) {
    this.folder = folder;
  }

  @Test
  void readsBackWhatWasWrittenInOrderOfTheSamples() {
    Map<SampleId, PerToken> first =
        Map.of(
            Samples.id(1, 0), PerToken.of(-0.5f, Float.NEGATIVE_INFINITY),
            Samples.id(0, 1), PerToken.empty(),
            Samples.id(0, 0), PerToken.of(-1.25f));
    Map<SampleId, PerToken> second = Map.of(Samples.id(0, 0), PerToken.of(-7));
    Map<String, Map<SampleId, PerToken>> numbers = Map.of("start", second, "reference", first);
    WrittenFile file = LogprobsArrow.write(folder.resolve("logprobs.arrow"), numbers);
    Map<String, Map<SampleId, PerToken>> read = LogprobsArrow.read(file.path());
    assertThat(read).isEqualTo(numbers);
    assertThat(read.keySet()).containsExactly("reference", "start");
    assertThat(read.getOrDefault("reference", Map.of()).keySet())
        .containsExactly(Samples.id(0, 0), Samples.id(0, 1), Samples.id(1, 0));
  }
}
