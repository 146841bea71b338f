package dev.kelpie.runs;

import dev.kelpie.experience.RunFolder;
import dev.kelpie.wire.file.AtomicFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/** {@code cluster.json}: the address at which other processes join a run, while it is running. */
public final class ClusterFile {
  private static final int FORMAT = 1;

  private ClusterFile() {}

  /** Writes the address of the learner's process. */
  public static void write(RunFolder folder, String seed) {
    Path file = folder.clusterFile();
    try {
      AtomicFile.write(
          file, JsonFile.JSON.createObjectNode().put("format", FORMAT).put("seed", seed) + "\n");
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file + ": " + e.getMessage(), e);
    }
  }

  /** Deletes the file, because the run has ended. */
  public static void delete(RunFolder folder) {
    try {
      Files.deleteIfExists(folder.clusterFile());
    } catch (IOException e) {
      throw new UncheckedIOException(
          "cannot delete " + folder.clusterFile() + ": " + e.getMessage(), e);
    }
  }

  /**
   * HOST:PORT of the learner's process of a running run; empty when the run has ended.
   *
   * @throws UncheckedIOException when the file cannot be read
   */
  public static Optional<String> seed(RunFolder folder) {
    try {
      return Optional.of(JsonFile.read(folder.clusterFile()).path("seed").asText());
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw new UncheckedIOException(
          "cannot read " + folder.clusterFile() + ": " + e.getMessage(), e);
    }
  }
}
