package dev.kelpie.runs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kelpie.config.ConfigException;
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

  @Test
  void anEditorsLockIsNoLinkThatLeadsOut(@TempDir Path temp) throws IOException {
    Files.createSymbolicLink(temp.resolve(".#experiment.conf"), Path.of("user@host.123:456"));
    RunLock.take(new RunFolder(temp)).close();
    Files.createSymbolicLink(temp.resolve("metrics.jsonl"), Path.of("../nowhere"));
    assertThatThrownBy(() -> RunLock.take(new RunFolder(temp)))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("metrics.jsonl: a link that leads out of the run folder")
        .hasMessageContaining("move the link's target to its place");
  }

  @Test
  void aHiddenLinkToAFileOutsideIsRefused(@TempDir Path temp) throws IOException {
    Path run = Files.createDirectories(temp.resolve("run"));
    Path outside = Files.writeString(temp.resolve("outside"), "x");
    Files.createSymbolicLink(run.resolve(".hidden"), outside);
    assertThatThrownBy(() -> RunLock.take(new RunFolder(run)))
        .hasMessageContaining(".hidden: a link that leads out of the run folder");
  }
}
