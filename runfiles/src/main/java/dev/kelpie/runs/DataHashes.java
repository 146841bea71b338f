package dev.kelpie.runs;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.kelpie.wire.file.AtomicFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * {@code data.json}: the data files of a run with size, age and hash. The run folder has that of
 * the last start, so that a large file is not hashed again; each checkpoint has that of the data it
 * was trained with:
 *
 * <pre>{"format":1,"files":{"data.path":{"path":"a.jsonl","bytes":12,"sha256":"...", ...}}}</pre>
 *
 * @param files by the key of the experiment that names the file
 */
public record DataHashes(Map<String, Entry> files) {
  public static final String NAME = "data.json";
  private static final int FORMAT = 1;
  private static final int MOST_BYTES = 1 << 20;

  public DataHashes {
    files = Map.copyOf(files);
  }

  /**
   * A data file.
   *
   * @param bytes its size
   * @param modified when it was last written to
   * @param changed when the system last changed anything of it; empty where that is not known
   * @param number of the file on its disk
   * @param sha256 of its text, unpacked
   * @param rows of the file
   * @param checks of its rows, which show where a file differs
   */
  public record Entry(
      String path,
      long bytes,
      String modified,
      String changed,
      String number,
      String sha256,
      int rows,
      Checks checks) {}

  /**
   * One number for each block of rows.
   *
   * @param rowsPerBlock rows of each block but the last
   */
  public record Checks(int rowsPerBlock, List<Integer> blocks) {
    private static final int MOST_BLOCKS = 256;

    public Checks {
      blocks = List.copyOf(blocks);
    }

    /** The size of the blocks of so many rows. */
    public static int rowsPerBlock(int rows) {
      return Math.max(1, (rows + MOST_BLOCKS - 1) / MOST_BLOCKS);
    }
  }

  /** Writes the file into {@code folder}; replaces the one before. */
  public void write(Path folder) throws IOException {
    ObjectNode json = JsonFile.JSON.createObjectNode().put("format", FORMAT);
    ObjectNode all = json.putObject("files");
    new TreeMap<>(files)
        .forEach(
            (key, entry) -> {
              ObjectNode file = all.putObject(key);
              file.put("path", entry.path());
              file.put("bytes", entry.bytes());
              file.put("modified", entry.modified());
              file.put("changed", entry.changed());
              file.put("number", entry.number());
              file.put("sha256", entry.sha256());
              file.put("rows", entry.rows());
              file.put("rows-per-check", entry.checks().rowsPerBlock());
              ArrayNode checks = file.putArray("checks");
              entry.checks().blocks().forEach(checks::add);
            });
    AtomicFile.write(
        folder.resolve(NAME),
        JsonFile.JSON.writerWithDefaultPrettyPrinter().writeValueAsString(json) + "\n");
  }

  /**
   * Those of a run folder or a checkpoint; empty when it has none, as one of an earlier version, or
   * when they are not readable, so that everything is hashed.
   */
  public static Optional<DataHashes> in(Path folder) {
    Path file = folder.resolve(NAME);
    if (!Files.isRegularFile(file)) {
      return Optional.empty();
    }
    try {
      ObjectNode json =
          JsonFile.parse(
              new String(RunInput.bytes(folder, file, MOST_BYTES), StandardCharsets.UTF_8),
              "one object");
      if (json.path("format").asInt() != FORMAT) {
        return Optional.empty();
      }
      Map<String, Entry> files = new TreeMap<>();
      json.path("files")
          .properties()
          .forEach(one -> files.put(one.getKey(), entry(one.getValue())));
      return Optional.of(new DataHashes(files));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static Entry entry(JsonNode json) {
    List<Integer> checks = new ArrayList<>();
    json.path("checks").forEach(check -> checks.add(check.asInt()));
    return new Entry(
        json.path("path").asText(),
        json.path("bytes").asLong(),
        json.path("modified").asText(),
        json.path("changed").asText(),
        json.path("number").asText(),
        json.path("sha256").asText(),
        json.path("rows").asInt(),
        new Checks(Math.max(1, json.path("rows-per-check").asInt(1)), checks));
  }

  /**
   * The hash of the file at {@code path}, if it is still what it was when it was hashed. A file
   * that was edited in place may have its size, its number and, set back, the time of its last
   * writing, so none is known where {@code changed} is empty.
   */
  public Optional<String> known(
      String path, long bytes, String modified, String changed, String number) {
    return files.values().stream()
        .filter(entry -> entry.path().equals(path) && entry.bytes() == bytes)
        .filter(entry -> !changed.isEmpty() && entry.changed().equals(changed))
        .filter(entry -> entry.modified().equals(modified) && entry.number().equals(number))
        .map(Entry::sha256)
        .filter(sha256 -> !sha256.isEmpty())
        .findFirst();
  }
}
