package dev.kelpie.runs;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.wire.file.AtomicFile;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.Optional;

/**
 * {@code tracking.json}: where a run is tracked, so that it continues there when it is resumed.
 *
 * @param url address of the server
 * @param runId the run's id there
 * @param step the last step whose metrics the server has; -1 for none
 */
public record TrackingFile(String url, String runId, long step) {
  private static final int FORMAT = 1;

  /** Replaces the file. */
  public void write(RunFolder folder) throws IOException {
    ObjectNode json = JsonFile.JSON.createObjectNode();
    json.put("format", FORMAT).put("url", url).put("run-id", runId).put("step", step);
    AtomicFile.write(folder.trackingFile(), json + "\n");
  }

  /**
   * What the file says, if there is one.
   *
   * @throws IOException when it cannot be read
   */
  public static Optional<TrackingFile> read(RunFolder folder) throws IOException {
    try {
      ObjectNode json = JsonFile.read(folder.trackingFile());
      return Optional.of(
          new TrackingFile(
              json.path("url").asText(), json.path("run-id").asText(), json.path("step").asLong()));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }
}
