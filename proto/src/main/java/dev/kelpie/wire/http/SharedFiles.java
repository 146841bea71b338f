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
 * The files that a {@link BulkServer} serves: files by their hash ({@code /sha256/HEX}) and
 * everything below shared folders ({@code /folders/NAME/...}), hidden files left out.
 */
final class SharedFiles {
  static final String BY_HASH = "/sha256/";
  static final String BY_FOLDER = "/folders/";
  private static final Pattern FOLDER_NAME = Pattern.compile("[a-z0-9][a-z0-9-]*");

  private final Map<String, FileTicket> files = new ConcurrentHashMap<>();
  private final Map<String, Path> folders = new ConcurrentHashMap<>();

  /** A file found; {@code etag} is empty when its hash is not known. */
  record Found(Path path, long bytes, String etag) {}

  void add(FileTicket ticket) {
    files.put(ticket.sha256(), ticket);
  }

  void remove(String sha256) {
    files.remove(sha256);
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
        ? Optional.of(new Found(path, ticket.bytes(), '"' + sha256 + '"'))
        : Optional.empty();
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
        ? Optional.of(new Found(real, Files.size(real), ""))
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
