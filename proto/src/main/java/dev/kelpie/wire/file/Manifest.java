package dev.kelpie.wire.file;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.kelpie.files.InputFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * {@code MANIFEST.json}: the files of a folder with their lengths and SHA-256. A checkpoint has
 * one, and so has the folder of published weights:
 *
 * <pre>{"format":1, ..., "files":[{"path":"a/b","bytes":12,"sha256":"...", ...}]}</pre>
 *
 * <p>Format 2 may have files that are hashed by their chunks: {@code chunks-sha256} instead of
 * {@code sha256}, the hash of the {@link ChunkList} in {@code a/b.chunks}.
 *
 * @param folder the folder that the paths are relative to
 * @param facts what else is known of the folder, such as {@code step} and {@code policy-sha256}
 * @param entries the files
 */
public record Manifest(Path folder, ObjectNode facts, List<Entry> entries) {
  public static final String NAME = "MANIFEST.json";

  /** Version of the format, under the key {@code format}. */
  public static final int FORMAT = 1;

  /** The format of a manifest with files that are hashed by their chunks. */
  public static final int CHUNKED_FORMAT = 2;

  /** What follows the name of a file in the name of the list of its chunks. */
  public static final String CHUNKS_SUFFIX = ".chunks";

  private static final int MOST_BYTES = 16 << 20;
  private static final int LONGEST_PATH = 1000;
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();

  public Manifest {
    entries = List.copyOf(entries);
  }

  /**
   * A file of the folder.
   *
   * @param path relative to the folder
   * @param sha256 its SHA-256; of the list of its chunks where it is hashed by them
   * @param chunked whether it is hashed by its chunks
   * @param facts what else is known of the file, such as {@code version}
   */
  public record Entry(String path, long bytes, String sha256, boolean chunked, ObjectNode facts) {
    /** A file of which nothing else is known yet. */
    public Entry(String path, long bytes, String sha256) {
      this(path, bytes, sha256, false, JSON.createObjectNode());
    }

    /** A file that is hashed by its chunks. */
    public static Entry chunked(String path, long bytes, String chunksSha256) {
      return new Entry(path, bytes, chunksSha256, true, JSON.createObjectNode());
    }
  }

  /**
   * A file that is not as its entry says.
   *
   * @param bytes its length, or -1 when it is missing
   * @param sha256 its SHA-256; empty when it was not read
   * @param refusal why it was not read, though its length is right; else empty
   */
  public record Damage(Path file, Entry entry, long bytes, String sha256, String refusal) {
    /** One line with the file, what was found and what was expected. */
    @Override
    public String toString() {
      if (!refusal.isEmpty()) {
        return file + ": " + refusal;
      }
      String found =
          bytes < 0 ? "missing" : sha256.isEmpty() ? bytes + " bytes" : "SHA-256 " + sha256;
      String expected = sha256.isEmpty() ? entry.bytes() + suffix() : entry.sha256();
      return String.format(Locale.ROOT, "%s: %s (expected: %s by %s)", file, found, expected, NAME);
    }

    private String suffix() {
      return bytes < 0 ? " bytes" : "";
    }
  }

  /** Starts a manifest without facts and files. */
  public static Manifest of(Path folder, List<Entry> entries) {
    return new Manifest(folder, JSON.createObjectNode(), entries);
  }

  /** The entry of a file in {@code folder}; reads all of the file. */
  public static Entry entry(Path folder, Path file) throws IOException {
    return new Entry(folder.relativize(file).toString(), Files.size(file), Sha256.of(file));
  }

  /** Writes the manifest into its folder; replaces the one before. */
  public void write() throws IOException {
    boolean chunked = entries.stream().anyMatch(Entry::chunked);
    ObjectNode json = JSON.createObjectNode().put("format", chunked ? CHUNKED_FORMAT : FORMAT);
    json.setAll(facts);
    ArrayNode files = json.putArray("files");
    for (Entry entry : entries) {
      files
          .addObject()
          .put("path", entry.path())
          .put("bytes", entry.bytes())
          .put(entry.chunked() ? "chunks-sha256" : "sha256", entry.sha256())
          .setAll(entry.facts());
    }
    String text = JSON.writerWithDefaultPrettyPrinter().writeValueAsString(json);
    AtomicFile.write(folder.resolve(NAME), text);
  }

  /**
   * The manifest of {@code folder}, if there is one.
   *
   * @throws CorruptFileException when it is not readable or of another format
   */
  public static Optional<Manifest> in(Path folder) {
    Path file = folder.resolve(NAME);
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try {
      InputFile.requireInside(folder, file);
      JsonNode json = JSON.readTree(InputFile.readBytes(file, MOST_BYTES));
      // Earlier manifests of weights have other keys.
      boolean earlier = json.has("formatVersion");
      JsonNode format = json.path(earlier ? "formatVersion" : "format");
      boolean known = format.asInt() == FORMAT || format.asInt() == CHUNKED_FORMAT;
      if (!(json instanceof ObjectNode facts) || !known) {
        throw new CorruptFileException(file + ": format " + format + " (expected: " + FORMAT + ")");
      }
      List<Entry> entries = new ArrayList<>();
      Set<String> paths = new HashSet<>();
      for (JsonNode listed : facts.path("files")) {
        Entry entry = entry(listed, file, earlier);
        if (!isInside(entry.path()) || !paths.add(entry.path())) {
          throw new CorruptFileException(
              file
                  + ": files: path "
                  + entry.path()
                  + " (expected: files of the folder, once each)");
        }
        entries.add(entry);
      }
      facts.remove(List.of("format", "formatVersion", "files"));
      return Optional.of(new Manifest(folder, facts, entries));
    } catch (JsonProcessingException e) {
      throw new CorruptFileException(file + ": not readable as JSON (expected: one object)", e);
    } catch (IOException e) {
      String why = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
      throw new CorruptFileException(file + ": not readable: " + why, e);
    }
  }

  /** Whether {@code path} names a file below the folder, in the shortest way. */
  private static boolean isInside(String path) {
    try {
      Path given = Path.of(path);
      return !given.isAbsolute()
          && !given.startsWith("..")
          && !path.isEmpty()
          && path.length() <= LONGEST_PATH
          && given.normalize().toString().equals(path);
    } catch (InvalidPathException e) {
      return false;
    }
  }

  private static Entry entry(JsonNode json, Path file, boolean earlier) {
    if (!(json instanceof ObjectNode facts)) {
      throw new CorruptFileException(file + ": files: " + json + " (expected: objects)");
    }
    if (earlier) {
      facts.set("path", facts.path("file"));
      facts.set("policy-sha256", facts.path("policySha256"));
      facts.remove(List.of("file", "policySha256"));
    }
    boolean chunked = facts.has("chunks-sha256");
    Entry entry =
        new Entry(
            facts.path("path").asText(),
            facts.path("bytes").asLong(-1),
            facts.path(chunked ? "chunks-sha256" : "sha256").asText(),
            chunked,
            facts);
    facts.remove(List.of("path", "bytes", "sha256", "chunks-sha256"));
    return entry;
  }

  /** The entry of the file at {@code path}. */
  public Optional<Entry> find(Path path) {
    String relative = folder.relativize(path).toString();
    return entries.stream().filter(entry -> entry.path().equals(relative)).findFirst();
  }

  /** How a listed file differs from its entry; reads all of it. Empty when it does not differ. */
  public Optional<Damage> check(Entry entry) {
    Path file = folder.resolve(entry.path());
    long bytes = length(entry);
    if (bytes != entry.bytes()) {
      return Optional.of(new Damage(file, entry, bytes, "", ""));
    }
    String found;
    try {
      InputFile.requireInside(folder, file);
      if (entry.chunked()) {
        return checkChunks(file, entry);
      }
      found = Sha256.of(file);
    } catch (IOException | CorruptFileException e) {
      String reason = String.valueOf(e.getMessage());
      String named = file + ": ";
      return Optional.of(
          new Damage(
              file,
              entry,
              bytes,
              "",
              reason.startsWith(named) ? reason.substring(named.length()) : reason));
    }
    return found.equals(entry.sha256())
        ? Optional.empty()
        : Optional.of(new Damage(file, entry, bytes, found, ""));
  }

  private Optional<Damage> checkChunks(Path file, Entry entry) throws IOException {
    Path list = folder.resolve(entry.path() + CHUNKS_SUFFIX);
    InputFile.requireInside(folder, list);
    return ChunkList.read(list, entry.sha256())
        .firstDifference(file)
        .map(
            chunk ->
                new Damage(
                    file,
                    entry,
                    entry.bytes(),
                    "",
                    String.format(
                        Locale.ROOT,
                        "another SHA-256 at bytes %d to %d (expected: %s by %s)",
                        chunk.offset(),
                        chunk.end() - 1,
                        chunk.sha256(),
                        list.getFileName())));
  }

  /** Length of the file of an entry, or -1 when it is missing. */
  public long length(Entry entry) {
    Path file = folder.resolve(entry.path());
    try {
      return Files.isRegularFile(file) ? Files.size(file) : -1;
    } catch (IOException e) {
      return -1; // deleted meanwhile
    }
  }

  /** The listed files that differ from their entries; reads all files. */
  public List<Damage> damages() {
    return entries.stream().flatMap(entry -> check(entry).stream()).toList();
  }
}
