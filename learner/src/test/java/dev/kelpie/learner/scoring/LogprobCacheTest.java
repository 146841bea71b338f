package dev.kelpie.learner.scoring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.experience.RunFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogprobCacheTest {
  private static final byte[] KEY = new byte[LogprobFile.KEY_BYTES];

  private final List<String> problems = new ArrayList<>();

  private LogprobCache cache(Path folder) {
    return new LogprobCache(new RunFolder(folder), problems::add);
  }

  private static void isKept(float[] numbers) {
    assertThat(numbers).containsExactly(-2);
  }

  @Test
  void makesItsFileWhenItIsFirstUsed(@TempDir Path folder) {
    try (LogprobCache cache = cache(folder)) {
      assertThat(folder.resolve("cache")).doesNotExist();
      assertThat(cache.find(KEY, 1)).isEmpty();
      cache.add(KEY, new float[] {-2});
      assertThat(cache.find(KEY, 1)).hasValueSatisfying(LogprobCacheTest::isKept);
    }
    try (LogprobCache cache = cache(folder)) {
      assertThat(cache.find(KEY, 1)).hasValueSatisfying(LogprobCacheTest::isKept);
    }
    assertThat(folder.resolve("cache")).isDirectoryContaining("glob:**/logprobs-0.bin");
    assertThat(problems).isEmpty();
  }

  @Test
  void eachProcessHasAFileOfItsOwn(@TempDir Path folder) {
    try (LogprobCache first = cache(folder);
        LogprobCache second = cache(folder)) {
      first.add(KEY, new float[] {-2});
      assertThat(second.find(KEY, 1)).isEmpty();
      second.add(KEY, new float[] {-2});
      assertThat(second.find(KEY, 1)).isPresent();
    }
    assertThat(folder.resolve("cache/logprobs-1.bin"))
        .hasSameBinaryContentAs(folder.resolve("cache/logprobs-0.bin"));
  }

  @Test
  void aDamagedFileIsReportedInOneLine(@TempDir Path folder) throws IOException {
    Path file = Files.createDirectory(folder.resolve("cache")).resolve("logprobs-0.bin");
    Files.writeString(file, "garbage");
    try (LogprobCache cache = cache(folder)) {
      assertThat(cache.find(KEY, 1)).isEmpty();
      cache.add(KEY, new float[] {-2});
      assertThat(cache.find(KEY, 1)).isPresent();
    }
    assertThat(problems)
        .containsExactly(
            file + ": its last 7 bytes are torn or damaged; what they held is computed again");
  }

  @Test
  void aFileThatCannotBeUsedIsReportedOnceAndNothingIsKept(@TempDir Path folder)
      throws IOException {
    Path file = folder.resolve("cache/logprobs-0.bin");
    Files.createDirectories(file);
    try (LogprobCache cache = cache(folder)) {
      assertThat(cache.find(KEY, 1)).isEmpty();
      cache.add(KEY, new float[] {-2});
      assertThat(cache.find(KEY, 1)).isEmpty();
    }
    assertThat(problems)
        .containsExactly(
            file
                + ": a folder (expected: a file); log-probabilities of texts of files are computed"
                + " each time");
  }
}
