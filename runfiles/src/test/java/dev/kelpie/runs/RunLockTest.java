package dev.kelpie.runs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kelpie.experience.RunFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunLockTest {
  @Test
  void deletesWhatAKilledProcessHasLeftHalfWritten(@TempDir Path temp) throws IOException {
    Path left = Files.writeString(temp.resolve(".summary.json." + UUID.randomUUID()), "{");
    Path other = Files.writeString(temp.resolve(".notes"), "mine");
    try (RunLock lock = RunLock.take(new RunFolder(temp))) {
      assertThat(lock).isNotNull();
      assertThat(left).doesNotExist();
      assertThat(other).exists();
      assertThat(temp.resolve("lock")).hasContent(String.valueOf(ProcessHandle.current().pid()));
    }
  }

  @Test
  void keepsOthersOutAndTouchesNothingOfTheirs(@TempDir Path temp) throws IOException {
    RunFolder folder = new RunFolder(temp);
    try (RunLock lock = RunLock.take(folder)) {
      assertThat(lock).isNotNull();
      Path draft = Files.writeString(temp.resolve(".metrics.jsonl." + UUID.randomUUID()), "{");
      assertThatThrownBy(() -> RunLock.take(folder)).hasMessageContaining("is in use by process");
      assertThat(draft).exists();
    }
    RunLock.take(folder).close();
  }
}
