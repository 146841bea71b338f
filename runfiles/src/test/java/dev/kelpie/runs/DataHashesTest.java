package dev.kelpie.runs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataHashesTest {
  @Test
  void theHashesOfAnotherFolderAreNotReadThroughALink(@TempDir Path parent) throws IOException {
    Path other = Files.createDirectories(parent.resolve("other"));
    Path run = Files.createDirectories(parent.resolve("run"));
    DataHashes hashes =
        new DataHashes(
            Map.of(
                "data.path",
                new DataHashes.Entry(
                    "a.jsonl",
                    1,
                    "now",
                    "now",
                    "7",
                    "ab",
                    1,
                    new DataHashes.Checks(1, List.of(5)))));
    hashes.write(other);
    assertThat(DataHashes.in(other)).contains(hashes);
    Files.createSymbolicLink(run.resolve("data.json"), other.resolve("data.json"));
    assertThat(DataHashes.in(run)).isEmpty();
  }
}
