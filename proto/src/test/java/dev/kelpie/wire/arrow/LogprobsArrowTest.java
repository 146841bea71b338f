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
    Map<SampleId, PerToken> logprobs =
        Map.of(
            Samples.id(1, 0), PerToken.of(-0.5f, Float.NEGATIVE_INFINITY),
            Samples.id(0, 1), PerToken.empty(),
            Samples.id(0, 0), PerToken.of(-1.25f));
    WrittenFile file = LogprobsArrow.write(folder.resolve("logprobs.arrow"), logprobs);
    Map<SampleId, PerToken> read = LogprobsArrow.read(file.path());
    assertThat(read).isEqualTo(logprobs);
    assertThat(read.keySet()).containsExactly(Samples.id(0, 0), Samples.id(0, 1), Samples.id(1, 0));
  }
}
