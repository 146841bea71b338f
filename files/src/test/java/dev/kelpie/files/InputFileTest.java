package dev.kelpie.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 30, unit = TimeUnit.SECONDS)
class InputFileTest {
  @Test
  void readsRegularFileUpToItsLimit(@TempDir Path folder) throws IOException {
    Path file = Files.writeString(folder.resolve("a"), "four");
    assertThat(InputFile.readText(file, 4)).isEqualTo("four");
    assertThatThrownBy(() -> InputFile.readText(file, 3))
        .isInstanceOf(FileSystemException.class)
        .hasMessage(file + ": more than 3 bytes (expected: at most that)");
  }

  @Test
  void refusesPipeWithoutOpeningIt(@TempDir Path folder) throws Exception {
    Path pipe = folder.resolve("pipe");
    Process process = new ProcessBuilder("mkfifo", pipe.toString()).start();
    assumeTrue(process.waitFor() == 0);
    assertThatThrownBy(() -> InputFile.open(pipe))
        .hasMessage(pipe + ": a pipe, socket or device (expected: a regular file)");
  }

  @Test
  void tellsFolderAndMissingFileApart(@TempDir Path folder) {
    assertThatThrownBy(() -> InputFile.open(folder))
        .hasMessage(folder + ": a folder (expected: a file)");
    assertThatThrownBy(() -> InputFile.open(folder.resolve("b")))
        .isInstanceOf(NoSuchFileException.class);
  }

  @Test
  void refusesBytesThatAreNotText(@TempDir Path folder) throws IOException {
    Path file = Files.write(folder.resolve("a"), new byte[] {(byte) 0xff});
    assertThatThrownBy(() -> InputFile.readText(file, 9)).hasMessageContaining("not UTF-8");
  }

  @Test
  void followsLinksInsideTheFolderAndIntoBlobsOfTheCacheOnly(@TempDir Path folder)
      throws IOException {
    Path snapshot = Files.createDirectories(folder.resolve("models--x/snapshots/1"));
    Path blob = Files.createDirectories(folder.resolve("models--x/blobs")).resolve("b");
    Files.writeString(blob, "{}");
    Path out = Files.writeString(folder.resolve("secret"), "x");
    Path inside = Files.writeString(snapshot.resolve("plain"), "x");
    Path toBlob = Files.createSymbolicLink(snapshot.resolve("config.json"), blob);
    Path toInside = Files.createSymbolicLink(snapshot.resolve("link"), inside);
    Path toOut = Files.createSymbolicLink(snapshot.resolve("tokenizer.json"), out);
    assertThatCode(() -> InputFile.requireInside(snapshot, toBlob)).doesNotThrowAnyException();
    assertThatCode(() -> InputFile.requireInside(snapshot, toInside)).doesNotThrowAnyException();
    assertThatThrownBy(() -> InputFile.requireInside(snapshot, toOut))
        .hasMessageContaining("a link that leads out of");
  }

  @Test
  void followsLinksToBlobsFromFoldersBelowASnapshot(@TempDir Path folder) throws IOException {
    Path snapshot = Files.createDirectories(folder.resolve("models--x/snapshots/1"));
    Path below = Files.createDirectories(snapshot.resolve("checkpoint-500"));
    Path blob = Files.createDirectories(folder.resolve("models--x/blobs")).resolve("b");
    Files.writeString(blob, "{}");
    Path other = Files.createDirectories(folder.resolve("models--y/blobs")).resolve("b");
    Files.writeString(other, "{}");
    Path toBlob = Files.createSymbolicLink(below.resolve("config.json"), blob);
    Path toOther = Files.createSymbolicLink(below.resolve("tokenizer.json"), other);
    assertThatCode(() -> InputFile.requireInside(below, toBlob)).doesNotThrowAnyException();
    assertThatThrownBy(() -> InputFile.requireInside(below, toOther))
        .hasMessageContaining("a link that leads out of");
  }

  @Test
  void blobsThatAreALinkThemselvesLeadOut(@TempDir Path folder) throws IOException {
    Path snapshot = Files.createDirectories(folder.resolve("models--x/snapshots/1"));
    Path out = Files.createDirectories(folder.resolve("home"));
    Files.writeString(out.resolve("secret"), "x");
    Path blobs = Files.createSymbolicLink(folder.resolve("models--x/blobs"), out);
    Path link = Files.createSymbolicLink(snapshot.resolve("a"), blobs.resolve("secret"));
    assertThatThrownBy(() -> InputFile.requireInside(snapshot, link))
        .hasMessageContaining("a link that leads out of");
  }
}
