package dev.kelpie.runs;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.kelpie.experience.RunFolder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;

/** {@code cluster.json}: where the processes of a run find its learner while the run lives. */
public final class ClusterFile {
  private static final int FORMAT = 1;
  private static final ObjectMapper JSON = new ObjectMapper();

  private ClusterFile() {}

  /** Writes the address of the learner's process. */
  public static void write(RunFolder folder, String seed) {
    Path file = folder.clusterFile();
    Path draft = file.resolveSibling("." + file.getFileName());
    try {
      Files.writeString(
          draft, JSON.createObjectNode().put("format", FORMAT).put("seed", seed) + "\n");
      Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file + ": " + e.getMessage(), e);
    }
  }

  /** The run is over: nobody is there to be found. */
  public static void delete(RunFolder folder) {
    try {
      Files.deleteIfExists(folder.clusterFile());
    } catch (IOException e) {
      throw new UncheckedIOException(
          "cannot delete " + folder.clusterFile() + ": " + e.getMessage(), e);
    }
  }

  /**
   * HOST:PORT of the learner's process of a run that is going on; empty when it is not.
   *
   * @throws UncheckedIOException when the file cannot be read
   */
  public static Optional<String> seed(RunFolder folder) {
    if (!Files.exists(folder.clusterFile())) {
      return Optional.empty();
    }
    try {
      JsonNode json = JSON.readTree(folder.clusterFile().toFile());
      return Optional.of(json.path("seed").asText());
    } catch (IOException e) {
      throw new UncheckedIOException(
          "cannot read " + folder.clusterFile() + ": " + e.getMessage(), e);
    }
  }
}
