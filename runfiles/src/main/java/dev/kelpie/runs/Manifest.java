package dev.kelpie.runs;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.kelpie.config.ConfigException;
import dev.kelpie.wire.file.Sha256;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A {@code MANIFEST.json}: which files a folder should hold, and what they hash to. Checkpoints and
 * published weights have one.
 *
 * @param folder the folder it is about
 * @param json what it says
 * @param entries the files it lists
 */
public record Manifest(Path folder, JsonNode json, List<Entry> entries) {
  public static final String NAME = "MANIFEST.json";
  private static final JsonMapper JSON = JsonMapper.builder().build();

  public Manifest {
    entries = List.copyOf(entries);
  }

  /** A file as the manifest has it, its path relative to the folder. */
  public record Entry(String path, long bytes, String sha256) {}

  /**
   * The manifest of {@code folder}, if there is one.
   *
   * @throws ConfigException when it is not readable
   */
  public static Optional<Manifest> in(Path folder) {
    Path file = folder.resolve(NAME);
    if (!Files.isRegularFile(file)) {
      return Optional.empty();
    }
    try {
      JsonNode json = JSON.readTree(file.toFile());
      List<Entry> entries = new ArrayList<>();
      for (JsonNode entry : json.path("files")) {
        JsonNode path = entry.has("path") ? entry.path("path") : entry.path("file");
        entries.add(
            new Entry(
                path.asText(), entry.path("bytes").asLong(-1), entry.path("sha256").asText()));
      }
      return Optional.of(new Manifest(folder, json, entries));
    } catch (IOException e) {
      String why = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
      throw new ConfigException(file + ": not readable: " + why);
    }
  }

  /** What it says of the file at {@code path}. */
  public Optional<Entry> entry(Path path) {
    String relative = folder.relativize(path).toString();
    return entries.stream().filter(entry -> entry.path().equals(relative)).findFirst();
  }

  /** What is wrong with a listed file; reads all of it. Empty when it is as it was written. */
  public Optional<String> problem(Entry entry) {
    Path file = folder.resolve(entry.path());
    if (!Files.isRegularFile(file)) {
      return Optional.of(
          file + ": missing (expected: " + entry.bytes() + " bytes by " + NAME + ")");
    }
    if (Sizes.of(file) != entry.bytes()) {
      return Optional.of(
          String.format(
              "%s: %s bytes (expected: %s by %s)", file, Sizes.of(file), entry.bytes(), NAME));
    }
    String found = Sha256.of(file);
    return found.equals(entry.sha256())
        ? Optional.empty()
        : Optional.of(
            String.format(
                "%s: SHA-256 %s (expected: %s by %s)", file, found, entry.sha256(), NAME));
  }
}
