package dev.kelpie.wire.http;

import dev.kelpie.wire.file.FileTicket;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;

/**
 * The files that a {@link BulkServer} serves: files by their hash ({@code /sha256/HEX}), files as
 * far as they are there by the hash of their chunks ({@code /chunked/HEX}, and {@code
 * /chunked/HEX/list} for the chunks), and everything below shared folders ({@code
 * /folders/NAME/...}), hidden files left out.
 */
final class SharedFiles {
  static final String BY_HASH = "/sha256/";
  static final String BY_CHUNKS = "/chunked/";
  static final String LIST = "/list";
  static final String BY_FOLDER = "/folders/";
  private static final Pattern FOLDER_NAME = Pattern.compile("[a-z0-9][a-z0-9-]*");

  private final Map<String, FileTicket> files = new ConcurrentHashMap<>();
  private final Map<String, ChunkedSource> chunked = new ConcurrentHashMap<>();
  private final Map<String, Path> folders = new ConcurrentHashMap<>();

  /**
   * A file found.
   *
   * @param bytes its length when all of it is there
   * @param etag empty when its hash is not known
   * @param held which bytes are there
   */
  record Found(Path path, long bytes, String etag, Held held) {}

  /** Which bytes of a file are there. */
  @FunctionalInterface
  interface Held {
    Held ALL = (from, to) -> true;

    boolean holds(long from, long to);
  }

  void add(FileTicket ticket) {
    files.put(ticket.sha256(), ticket);
  }

  void remove(String sha256) {
    files.remove(sha256);
  }

  void add(String chunksSha256, ChunkedSource source) {
    chunked.put(chunksSha256, source);
  }

  void removeChunked(String chunksSha256) {
    chunked.remove(chunksSha256);
  }

  /** The list of chunks that a decoded request path names. */
  Optional<String> findList(String path) {
    boolean named = path.startsWith(BY_CHUNKS) && path.endsWith(LIST);
    return named
        ? Optional.ofNullable(
                chunked.get(path.substring(BY_CHUNKS.length(), path.length() - LIST.length())))
            .map(source -> source.chunks().text())
        : Optional.empty();
  }

  void addFolder(String name, Path folder) throws IOException {
    if (!FOLDER_NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "folder name: " + name + " (expected: letters a-z, digits and hyphens)");
    }
    folders.put(name, folder.toRealPath());
  }

  /** The file at a decoded request path; empty for everything that is not served. */
  Optional<Found> find(String path) throws IOException {
    if (path.startsWith(BY_HASH)) {
      return findByHash(path.substring(BY_HASH.length()));
    } else if (path.startsWith(BY_CHUNKS)) {
      return findByChunks(path.substring(BY_CHUNKS.length()));
    }
    return path.startsWith(BY_FOLDER)
        ? findInFolder(path.substring(BY_FOLDER.length()))
        : Optional.empty();
  }

  private Optional<Found> findByHash(String sha256) throws IOException {
    FileTicket ticket = files.get(sha256);
    if (ticket == null) {
      return Optional.empty();
    }
    Path path = Path.of(ticket.path());
    return Files.isRegularFile(path) && Files.size(path) == ticket.bytes()
        ? Optional.of(new Found(path, ticket.bytes(), '"' + sha256 + '"', Held.ALL))
        : Optional.empty();
  }

  private Optional<Found> findByChunks(String sha256) {
    ChunkedSource source = chunked.get(sha256);
    return source == null || !Files.isRegularFile(source.path())
        ? Optional.empty()
        : Optional.of(
            new Found(source.path(), source.chunks().bytes(), '"' + sha256 + '"', source::holds));
  }

  private Optional<Found> findInFolder(String path) throws IOException {
    int slash = path.indexOf('/');
    Path folder = slash < 0 ? null : folders.get(path.substring(0, slash));
    if (folder == null) {
      return Optional.empty();
    }
    Path inside;
    try {
      inside = Path.of(path.substring(slash + 1));
    } catch (InvalidPathException e) {
      return Optional.empty();
    }
    Path file = folder.resolve(inside);
    if (inside.isAbsolute() || hasHiddenOrUpward(inside) || !Files.isRegularFile(file)) {
      return Optional.empty();
    }
    // A link inside the folder must not lead out of it.
    Path real = file.toRealPath();
    return real.startsWith(folder)
        ? Optional.of(new Found(real, Files.size(real), "", Held.ALL))
        : Optional.empty();
  }

  private static boolean hasHiddenOrUpward(Path path) {
    for (Path part : path) {
      if (part.toString().startsWith(".")) {
        return true;
      }
    }
    return false;
  }
}
